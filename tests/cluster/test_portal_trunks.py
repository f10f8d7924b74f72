"""Trunks that the portal writes through the real API server, with the rights of its own account."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from kubernetes.client import (
    ApiClient,
)
from kubernetes.config import new_client_from_config
from kubernetes.dynamic.exceptions import NotFoundError

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import ChangedError, RefusedError
from cellhub.cluster.client import Cluster as PortalsCluster
from cellhub.cluster.client import connect
from cellhub.db.roles import PORTAL as PORTALS_LOGIN
from cellhub.db.scope import Scope, enter_scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.routes.keeping.cluster import ClusterTrunks
from cellhub.security.crypto import SecretBox
from tests.charts.golden import PORTAL
from tests.cluster.rights import rights_of
from tests.cluster.worlds import SECONDS, TENANT
from tests.factories.world import make_world
from tests.fixtures.chart import NAMESPACE, render
from tests.fixtures.switch import wait_for
from tests.functional.keeping.contract import DIGEST, PASSWORD, TERMS, TrunkKeepingContract

pytestmark = pytest.mark.usefixtures("resources")

ACCOUNT = "cellhub-portal"
TRUNK = ("cellhub.io/v1alpha1", "Trunk")
SECRET = ("v1", "Secret")


@pytest.fixture
def account(api, control_plane, namespace) -> Iterator[ApiClient]:
    """A client with the rights that the chart gives to the portal's account, in the test's namespace."""
    rendered = render({"portal": {"manageResources": True}})
    for kind in ("Role", "RoleBinding"):
        one = copy.deepcopy(rendered.one(kind, ACCOUNT))  # what is rendered is shared
        for subject in one.get("subjects", ()):
            assert subject["namespace"] == NAMESPACE
            subject["namespace"] = namespace
        api.apply(one | {"metadata": {"name": ACCOUNT}}, namespace)
    client: ApiClient = new_client_from_config(str(control_plane.kubeconfig))
    client.default_headers["Impersonate-User"] = f"system:serviceaccount:{namespace}:{ACCOUNT}"
    with client:
        yield client


@pytest.fixture
def keeping(account, session, namespace, tmp_path):
    """The trunks of a tenant that is a Tenant of the test's namespace; no operator follows."""
    tenant_id = make_world(session).north.tenant.id
    enter_scope(session, Scope.of_tenant(tenant_id))
    actor = Actor(tenant_id, "Ada")
    return ClusterTrunks(
        PortalsCluster(account), session, actor, tenant=f"{namespace}/north", key_file=tmp_path / "none"
    )


class TestOnTheRealApiServer(TrunkKeepingContract):
    """The contract, with nothing faked."""


def test_the_account_may_do_what_the_golden_list_says(account, namespace):
    assert rights_of(account, namespace) == PORTAL


@pytest.mark.parametrize(
    ("name", "change", "field", "sentence"),
    [
        (
            "halyard",
            {"priority": 0},
            "priority",
            "The cluster refuses it: should be greater than or equal to 1.",
        ),
        (
            "halyard",
            {"port": 0},
            "port",
            "The cluster refuses it: should be greater than or equal to 1.",
        ),
        ("halyard", {"add_prefix": "00$"}, "add_prefix", "The cluster refuses it: should match"),
        ("halyard", {"transport": "sctp"}, "transport", 'The cluster refuses it: supported values: "udp"'),
        ("halyard-", {}, "name", "The cluster refuses it: a lowercase RFC 1123 subdomain"),
    ],
)
def test_what_the_api_server_refuses_is_said_at_its_field(keeping, name, change, field, sentence):
    with pytest.raises(RefusedError) as refused:
        keeping.open(name, TERMS | change, "")
    ((where, said),) = refused.value.each
    assert where == field
    assert said.startswith(sentence)
    assert keeping.waiting([]) == ()


def test_without_rights_nothing_is_done_and_it_says_so(api, keeping, namespace):
    api.kind("rbac.authorization.k8s.io/v1", "RoleBinding").delete(name=ACCOUNT, namespace=namespace)

    def refused():
        try:
            keeping.waiting([])
        except RefusedError as error:
            return str(error)
        return ""

    assert "its account lacks the right" in wait_for(refused, "the right is gone")
    with pytest.raises(RefusedError, match="its account lacks the right"):
        keeping.open("halyard", TERMS, "")


def test_a_password_ends_with_its_trunk(api, keeping, namespace):
    keeping.open("halyard", DIGEST, PASSWORD)
    spec = api.read(*TRUNK, "halyard", namespace)["spec"]
    assert (spec["authentication"], PASSWORD in str(spec)) == ("register", False)
    name = spec["credentialsSecretRef"]["name"]
    assert set(api.read(*SECRET, name, namespace)["data"]) == {"username", "password"}
    keeping.delete("halyard")

    def gone():
        try:
            api.read(*SECRET, name, namespace)
        except NotFoundError:
            return True
        return False

    wait_for(gone, "the Secret is gone", 90.0)  # the collector hears of new kinds each half minute


def test_kubectl_and_the_portal_edit_one_resource_and_neither_loses_its_words(
    keeping, control_plane, namespace
):
    keeping.open("halyard", TERMS, "")
    seen = keeping.find("halyard").version
    words = ("patch", "trunk", "halyard", "--type=merge", "--patch", '{"spec": {"port": 5099}}')
    control_plane.kubectl("--namespace", namespace, *words)
    with pytest.raises(ChangedError) as refused:
        keeping.change("halyard", TERMS | {"host": "198.51.100.99"}, "", seen)
    assert ("port", "It is 5099 now.") in refused.value.each
    keeping.change("halyard", TERMS | {"host": "198.51.100.99"}, "", refused.value.version)
    found = keeping.find("halyard").terms
    assert (found["port"], found["host"]) == (5060, "198.51.100.99")


def test_what_kubectl_applied_is_read_only_in_the_portal(api, keeping, namespace):
    manifest = {
        "apiVersion": TRUNK[0],
        "kind": TRUNK[1],
        "metadata": {"name": "halyard"},
        "spec": {"tenantRef": {"name": "north"}, "host": "198.51.100.31"},
    }
    api.apply(manifest, namespace)
    found = keeping.find("halyard")
    assert f"or by kubectl edit trunk halyard --namespace {namespace}." in found.locked
    with pytest.raises(RefusedError, match="was made outside of the portal"):
        keeping.delete("halyard")


@pytest.fixture
def by_kubeconfig(control_plane, monkeypatch) -> PortalsCluster:
    """The cluster as a portal finds it that runs outside of one."""
    monkeypatch.setenv("KUBECONFIG", str(control_plane.kubeconfig))
    return connect()


def test_an_operator_brings_about_what_the_portal_decided(
    operator, world, own_database, by_kubeconfig, tmp_path
):
    operator.start()
    world.apply(TENANT)
    world.kept()
    ((tenant_id,),) = world.rows("SELECT id FROM tenant WHERE slug = 'north'")
    engine = make_engine(own_database.url(PORTALS_LOGIN.name), application="tests")
    sessions = make_session_factory(engine)

    @contextmanager
    def portal() -> Iterator[ClusterTrunks]:
        with scoped(sessions, Scope.of_tenant(tenant_id)) as session:
            tenant = f"{world.namespace}/north"
            key_file = tmp_path / "secret-key"
            actor = Actor(tenant_id, "Ada")
            yield ClusterTrunks(by_kubeconfig, session, actor, tenant=tenant, key_file=key_file)

    def rows(columns: str):
        return world.rows(f"SELECT {columns} FROM trunk")

    with portal() as trunks:
        trunks.open("halyard", DIGEST, PASSWORD)
    mark = f"{world.namespace}/halyard"
    kept = ("halyard", "198.51.100.31", "tcp", "cellhub", 45, mark)
    columns = "name, host, transport, username, ring_seconds, managed_by"
    wait_for(lambda: rows(columns) == [kept], "the row is there", SECONDS)
    ((sealed,),) = rows("secret")
    assert SecretBox.from_file(tmp_path / "secret-key").open(bytes(sealed)) == PASSWORD

    def is_ready():
        with portal() as trunks:
            return [one.message for one in trunks.find("halyard").conditions if one.word == "Ready"]

    assert wait_for(is_ready, "the portal says that it is ready", SECONDS) == ["Calls leave by it."]
    with portal() as trunks:  # another username, and the password that only the row knows
        seen = trunks.find("halyard").version
        trunks.change("halyard", DIGEST | {"username": "cellhub-2", "port": 5070}, "", seen)
    wait_for(lambda: rows("username, port") == [("cellhub-2", 5070)], "the row is changed", SECONDS)
    ((sealed,),) = rows("secret")
    assert SecretBox.from_file(tmp_path / "secret-key").open(bytes(sealed)) == PASSWORD
    with portal() as trunks:
        assert trunks.why_kept("halyard") == ""
        trunks.delete("halyard")
    wait_for(lambda: rows("name") == [], "the row is gone", SECONDS)
    said = world.rows("SELECT actor, action FROM audit_entry WHERE object_name = 'halyard' ORDER BY id")
    assert [one for one in said if one[0] == "Ada"] == [
        ("Ada", "create"),
        ("Ada", "change"),
        ("Ada", "delete"),
    ]
    engine.dispose()
