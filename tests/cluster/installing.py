"""CellHub installed by its chart, with its own images, on the node."""

from __future__ import annotations

import base64
import hashlib
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import make_url

from cellhub.updates.manifest import public_text
from tests.cluster.figures import tell
from tests.cluster.kubernetes.cluster import Cluster
from tests.fixtures.chart import RELEASE, Values
from tests.fixtures.release import Helm
from tests.fixtures.tiers import helm, leave_out

if TYPE_CHECKING:
    from tests.cluster.conftest import Api

IMAGES = Path(__file__).resolve().parents[2] / "var" / "images"
ARCHIVES = tuple(IMAGES / f"{name}.tar" for name in ("cellhub", "cellhub-asterisk", "cellhub-janus"))
RELEASE_KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"of the cluster tests").digest())
"""Signs the releases that the tests update to."""

PATIENCE = ("--wait", "--timeout", "4m")
PROCESSES = {"portal": 2, "live": 2, "worker": 1, "scheduler": 1, "operator": 1, "postgres": 1}
DRAIN_SECONDS = 60
A_LITTLE = {"requests": {"cpu": "10m", "memory": "96Mi"}}


@dataclass(frozen=True)
class Installed:
    """A release that is up."""

    api: Api
    helm: Helm
    cluster: Cluster

    @property
    def namespace(self) -> str:
        """The release's namespace, which is its tenants' too."""
        return self.helm.namespace

    def make_namespace(self, **labels: str) -> None:
        """Make it."""
        manifest = {"apiVersion": "v1", "kind": "Namespace"}
        self.api.apply(manifest | {"metadata": {"name": self.namespace, "labels": labels}})

    def values(self, **more: Any) -> Values:
        """What it is installed with: this machine's processors are few, and they are for the calls."""
        small = {name: dict(A_LITTLE) for name in PROCESSES if name != "postgres"}
        own: Values = {
            **small,
            "portal": A_LITTLE | {"manageResources": True, "secureCookies": False},
            "migration": A_LITTLE,
            "updates": {"releaseKey": public_text(RELEASE_KEY)},
            "database": {"builtin": A_LITTLE},
            "softswitch": {"drainSeconds": DRAIN_SECONDS, "spool": {"storage": "16Mi"}},
            "networkPolicy": {"podNetworks": [str(self.cluster.plan.block.pods)]},
        }
        return own | {name: own.get(name, {}) | value for name, value in more.items()}

    def pods(self) -> list[dict[str, Any]]:
        """The pods of its processes, those that are ending left out."""
        found = self.api.kind("v1", "Pod").get(
            namespace=self.namespace, label_selector=f"app.kubernetes.io/instance={RELEASE}"
        )
        pods = [one for one in found.to_dict()["items"] if "deletionTimestamp" not in one["metadata"]]
        return [pod for pod in pods if component(pod) in PROCESSES]

    def address(self, service: str) -> str:
        """Where a Service answers over HTTP."""
        found = self.service(f"{RELEASE}-{service}")
        return f"http://{found['clusterIP']}:{found['ports'][0]['port']}"

    def service(self, name: str) -> dict[str, Any]:
        """A Service's specification."""
        found: dict[str, Any] = self.api.read("v1", "Service", name, self.namespace)["spec"]
        return found

    def secret(self, name: str) -> dict[str, str]:
        """What a Secret holds."""
        data = self.api.read("v1", "Secret", name, self.namespace)["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def database_url(self, login: str) -> str:
        """The database of a login, as this machine reaches it."""
        url = make_url(self.secret(f"{RELEASE}-database")[login])
        host = self.service(f"{RELEASE}-postgres")["clusterIP"]
        return url.set(host=host).render_as_string(hide_password=False)

    def run(self, *command: str) -> str:
        """Run a command beside the portal, as an operator of the platform does."""
        where = ("--namespace", self.namespace, "exec", f"deploy/{RELEASE}-portal", "--container", "portal")
        return self.cluster.kubectl(*where, "--", *command)


@contextmanager
def beside(one: Installed, **values: Any) -> Iterator[Installed]:
    """Install it in its namespace, with the definitions of the release that all tests share.

    ``values`` are more of those that it is installed with.
    """
    one.make_namespace()
    one.helm.install(one.values(crds={"install": False}, **values), *PATIENCE)
    yield one
    _remove(one)


def _remove(one: Installed) -> None:
    # While there is somebody who keeps them: their ends are the operator's to do. After the API server
    # was away, a kubelet may take a minute to look, and only then does a pod end.
    words = ("--namespace", one.namespace, "delete", "trunks,tenants", "--all", "--timeout=150s")
    began = time.monotonic()
    one.cluster.kubectl(*words, seconds=180)
    ended = time.monotonic()
    one.helm.uninstall()
    tell(f"All tenants deleted: {ended - began:.1f} s; helm uninstall: {time.monotonic() - ended:.1f} s")
    one.api.kind("v1", "Namespace").delete(name=one.namespace)


def component(pod: dict[str, Any]) -> str:
    """What a pod is."""
    return str(pod["metadata"]["labels"]["app.kubernetes.io/component"])


def ask(address: str) -> str:
    """Read a page."""
    with urllib.request.urlopen(address, timeout=5) as answer:
        return str(answer.read().decode())


def load_images(cluster: Cluster) -> None:
    """Give the node the images of CellHub, of its softswitch and of its gateway for web phones."""
    for archive in ARCHIVES:
        cluster.load_image(archive)


@contextmanager
def installation(cluster: Cluster, api: Api) -> Iterator[Installed]:
    """CellHub as ``helm install --wait`` leaves it, in a namespace that enforces "restricted"."""
    if not helm().exists():
        leave_out("the chart needs Helm: make helm")
    if not all(archive.exists() for archive in ARCHIVES):
        leave_out("an installation needs its images: make images")
    load_images(cluster)
    name = f"t-{uuid.uuid4().hex[:12]}"
    one = Installed(api, Helm(cluster.kubeconfig, name), cluster)
    one.make_namespace(**{"pod-security.kubernetes.io/enforce": "restricted"})
    began = time.monotonic()
    one.helm.install(one.values(), *PATIENCE)
    tell(f"helm install --wait: {time.monotonic() - began:.1f} s")
    yield one
    _remove(one)
