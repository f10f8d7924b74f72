"""``make cluster``: a Kubernetes on this machine with CellHub in it, and a tenant's first call."""

from __future__ import annotations

import sys
from pathlib import Path

from kubernetes.config import new_client_from_config
from kubernetes.dynamic import DynamicClient

from cellhub.local import billtext, probe
from cellhub.local.probe import ProbeSettings
from cellhub.local.problem import Problem
from cellhub.local.secrets import write_private
from tests.cluster.conftest import Api
from tests.cluster.installing import PATIENCE, Installed, load_images
from tests.cluster.kubernetes.__main__ import say, up
from tests.cluster.kubernetes.cluster import Cluster
from tests.cluster.voice import Exchange
from tests.fixtures.chart import CHART, RELEASE, Refused
from tests.fixtures.release import Helm

NAMESPACE, TENANT = "cellhub", "demo"
RESOURCES = Path(__file__).with_suffix(".yaml")
FAILED = 1


def main() -> int:
    """Bring it up as far as it is not, and say how it is reached; returns the exit code."""
    try:
        exchange = Exchange(install(up()))
        open_tenant(exchange)
        tell(exchange)
        return place_call(exchange)
    except (Problem, Refused) as problem:
        print(f"cluster: {problem}", file=sys.stderr)
        return FAILED


def install(cluster: Cluster) -> Installed:
    """Install the chart as docs/kubernetes/install.md does, or bring what is there up to date."""
    say("loading the images and installing CellHub, about a minute")
    load_images(cluster)
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
    }
    client = new_client_from_config(str(cluster.kubeconfig))
    installed = Installed(Api(DynamicClient(client)), Helm(cluster.kubeconfig, NAMESPACE), cluster)
    installed.api.apply(namespace)
    # Without TLS a browser sends no cookie that is for TLS only.
    values = installed.values(portal={"secureCookies": False})
    installed.helm.run("upgrade", "--install", RELEASE, str(CHART), *PATIENCE, values=values)
    return installed


def open_tenant(exchange: Exchange) -> None:
    """Apply the demo's resources; the first time its client gets a plan, credit and a phone."""
    say(f"applying the Tenant {TENANT} and its Trunk")
    exchange.kubectl("apply", "--filename", str(RESOURCES))
    if not secret_file(exchange).exists():
        write_private(secret_file(exchange), exchange.open(TENANT).phone.secret)
    ready = ("--for=condition=Ready", "--timeout=55s")
    exchange.kubectl("rollout", "status", "deployment/far-end", "--timeout=55s")
    exchange.kubectl("wait", f"tenant/{TENANT}", "trunk/far-end", *ready)


def tell(exchange: Exchange) -> None:
    """Say how to reach everything."""
    installed = exchange.installed
    superadmin, admin = installed.secret(f"{RELEASE}-superadmin"), installed.secret(f"{TENANT}-admin")
    sip = installed.service(f"{TENANT}-sip")["clusterIP"]
    say(f"portal    {installed.address('portal')}/")
    for who in (superadmin, admin):
        say(f"sign in   {who['email']}  {who['password']}")
    say(f"SIP       {sip}:5060, user {TENANT}-1, secret in {secret_file(exchange)}")
    say(f"look      kubectl --namespace {NAMESPACE} get tenants,trunks,pods")


def place_call(exchange: Exchange) -> int:
    """Call from this machine through the tenant's softswitch to the far end, and print the bill."""
    installed = exchange.installed
    settings = ProbeSettings(
        tenant=TENANT,
        database_url=installed.database_url("portal"),
        probe_host=installed.service(f"{TENANT}-sip")["clusterIP"],
        probe_own_host=exchange.machine,
        probe_sip_user=f"{TENANT}-1",
        probe_secret_file=secret_file(exchange),
    )
    say("placing a call\n")
    placed = probe.place(settings)
    print(billtext.text(placed))
    return 0 if placed.as_told else FAILED


def secret_file(exchange: Exchange) -> Path:
    """Where the demo phone's secret lies: the database has only what can be checked by it."""
    return exchange.installed.cluster.plan.home / f"{TENANT}-1.secret"


if __name__ == "__main__":
    sys.exit(main())
