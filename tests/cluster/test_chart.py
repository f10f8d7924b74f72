"""The Helm chart on a real API server: installed, upgraded, taken back, removed and installed again.

No image is needed: a pod that was admitted and waits for a node has passed everything that is asked here.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from cellhub_operator.actions import Apply, Delete, MarkPod, Ref
from cellhub_operator.cluster import Cluster as Seen
from cellhub_operator.objects.configuration import SECRET_FILES, Keys
from cellhub_operator.objects.everything import objects_of
from cellhub_operator.objects.release import Release
from cellhub_operator.objects.tenant import API_VERSION, TenantSpec
from kubernetes.client import ApiClient
from kubernetes.config import new_client_from_config
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ForbiddenError, NotFoundError

from tests.charts.golden import LEASE, OPERATOR, STEPS
from tests.charts.matrix import MATRIX
from tests.cluster.conftest import Api
from tests.cluster.kubernetes.cluster import Cluster
from tests.cluster.rights import rights_of
from tests.fixtures.chart import RELEASE, Refused
from tests.fixtures.release import Helm
from tests.fixtures.switch import wait_for
from tests.fixtures.tiers import helm, leave_out

FOREIGN = {"production", "an edge on the nodes"}
"""These need kinds of other operators, and a namespace with the host's network."""


@pytest.fixture
def room(api: Api, namespace: str) -> str:
    """A namespace that admits nothing but pods as confined as can be."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}})
    return namespace


@pytest.fixture
def release(control_plane: Cluster, room: str) -> Iterator[Helm]:
    """Helm, in that namespace; what it installed is gone afterwards."""
    if not helm().exists():
        leave_out("the chart needs Helm: make helm")
    release = Helm(control_plane.kubeconfig, room)
    yield release
    release.uninstall()


def passwords(api: Api, room: str) -> dict[str, str]:
    data = api.read("v1", "Secret", "cellhub-database", room)["data"]
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def exists(api: Api, kind: tuple[str, str], name: str, room: str | None = None) -> bool:
    try:
        api.read(*kind, name, room)
    except NotFoundError:
        return False
    return True


DEPLOYMENT, CLAIM, SECRET = ("apps/v1", "Deployment"), ("v1", "PersistentVolumeClaim"), ("v1", "Secret")
DEFINITION = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")


def test_a_release_lives_through_all_that_helm_does(api, release, room):
    release.install()
    first = passwords(api, room)
    key = api.read(*SECRET, "cellhub-encryption", room)["data"]
    release.upgrade({"portal": {"replicas": 3}})
    assert api.read(*DEPLOYMENT, "cellhub-portal", room)["spec"]["replicas"] == 3
    assert not exists(api, ("batch/v1", "Job"), "cellhub-migration-1", room)
    assert exists(api, ("batch/v1", "Job"), "cellhub-migration-2", room)
    release.run("rollback", RELEASE, "1")
    assert api.read(*DEPLOYMENT, "cellhub-portal", room)["spec"]["replicas"] == 2
    release.uninstall()
    assert not exists(api, DEPLOYMENT, "cellhub-portal", room)
    assert exists(api, DEFINITION, "tenants.cellhub.io")
    assert exists(api, CLAIM, "cellhub-backups", room)
    release.install()
    assert passwords(api, room) == first, "the database's disk is still there, and knows them"
    assert api.read(*SECRET, "cellhub-encryption", room)["data"] == key


def test_a_tenant_outlives_the_release(api, release, room):
    release.install()
    tenant = {
        "apiVersion": API_VERSION,
        "kind": "Tenant",
        "metadata": {"name": "acme", "namespace": room},
        "spec": {"displayName": "Acme", "sipDomain": "sip.acme.example", "adminEmail": "a@acme.example"},
    }
    wait_for(lambda: exists(api, DEFINITION, "tenants.cellhub.io"), "the definitions are there")
    api.apply(tenant)
    release.uninstall()
    assert api.read(API_VERSION, "Tenant", "acme", room)["spec"]["displayName"] == "Acme"


@pytest.mark.parametrize("name", [name for name in MATRIX if name not in FOREIGN])
def test_the_api_server_takes_every_rendering_and_admits_its_pods(api, release, room, name):
    release.install(MATRIX[name])
    wanted = {
        one.metadata.name
        for kind in ("Deployment", "StatefulSet")
        for one in api.kind("apps/v1", kind).get(namespace=room).items
    }
    assert len(wanted) >= 5

    def admitted() -> set[str]:
        pods = api.kind("v1", "Pod").get(namespace=room).items
        return {name for name in wanted for pod in pods if pod.metadata.name.startswith(f"{name}-")}

    wait_for(lambda: admitted() == wanted, f"there are pods of {sorted(wanted)}", seconds=60)


def test_who_scales_by_hand_what_an_autoscaler_scales_is_in_nobodys_way(api, release, room, control_plane):
    values = {"portal": {"autoscaling": {"enabled": True}}}
    release.install(values)
    control_plane.kubectl("--namespace", room, "scale", "deployment/cellhub-portal", "--replicas=4")
    release.upgrade({**values, "live": {"replicas": 1}})
    assert api.read(*DEPLOYMENT, "cellhub-portal", room)["spec"]["replicas"] == 4


@pytest.fixture
def account(control_plane: Cluster, room: str) -> Iterator[ApiClient]:
    """A client of the API server with the rights of the operator's account."""
    client: ApiClient = new_client_from_config(str(control_plane.kubeconfig))
    client.default_headers["Impersonate-User"] = f"system:serviceaccount:{room}:cellhub-operator"
    with client:
        yield client


def test_the_operator_may_do_what_the_golden_list_says(release, room, account):
    release.install()
    assert rights_of(account, room) == STEPS | OPERATOR | LEASE


def test_the_operators_rights_suffice_for_all_of_a_tenant_and_for_no_more(
    api, release, room, account, control_plane
):
    release.install()
    resource = api.apply(
        {
            "apiVersion": API_VERSION,
            "kind": "Tenant",
            "metadata": {"name": "acme", "namespace": room},
            "spec": {
                "displayName": "Acme",
                "sipDomain": "sip.acme.example",
                "adminEmail": "a@acme.example",
                "janus": {"enabled": True},
            },
        }
    )
    tenant = TenantSpec.of(resource)
    seen = Seen(DynamicClient(account, cache_file=str(control_plane.plan.home / "operator.json")))
    release = Release(
        version="1.0.0", asterisk_image="asterisk:1", agent_image="cellhub:1", janus_image="janus:1"
    )
    files = dict.fromkeys(SECRET_FILES, "; rendered")
    objects = objects_of(
        tenant, release, files, Keys("ami", "database", "agent"), "postgresql+psycopg2://a:b@c/d"
    )
    for manifest in objects:
        seen.apply(Apply(manifest))
    assert seen.objects(tenant.origin).keys() == {Ref.of(manifest) for manifest in objects}
    wait_for(lambda: seen.pods(tenant.origin), "the softswitch has a pod")
    pod = seen.pods(tenant.origin)[0]["metadata"]["name"]
    seen.mark(MarkPod(Ref("v1", "Pod", room, pod), "abc"))
    for ref in seen.objects(tenant.origin):
        seen.delete(Delete(ref))
    with pytest.raises(ForbiddenError):
        seen.read(Ref("apps/v1", "DaemonSet", room, "any"))
    with pytest.raises(ForbiddenError):
        DynamicClient(account).resources.get(api_version="v1", kind="Secret").get(namespace=room)
    with pytest.raises(ForbiddenError):
        seen.read(Ref("v1", "Secret", "kube-system", "any"))


@pytest.mark.parametrize("values", [{"porta": 1}, {"portal": {"replicas": 0}}])
def test_a_mistake_leaves_nothing_behind(api, release, room, values):
    with pytest.raises(Refused, match="at '"):
        release.install(values)
    assert api.kind("apps/v1", "Deployment").get(namespace=room).items == []
