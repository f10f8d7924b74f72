"""Trunks whose resource is the decision keep the contract, and keep what only a cluster asks for."""

from __future__ import annotations

import datetime as dt

import pytest
from cellhub_operator.reconcile.trunk import TrunkSpec
from cryptography.fernet import Fernet
from kubernetes.client import ApiClient, Configuration

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import AwayError, RefusedError
from cellhub.cluster.client import Cluster
from cellhub.cluster.resource import Condition
from cellhub.db.scope import Scope, enter_scope
from cellhub.routes.keeping.cluster import ClusterTrunks
from tests.fakes.api_server import fake_api_server, status
from tests.functional.keeping.contract import DIGEST, PASSWORD, TERMS, TrunkKeepingContract

TENANT = "cell/north"


@pytest.fixture
def server():
    with fake_api_server() as one:
        yield one


@pytest.fixture
def cluster(server):
    configuration = Configuration()
    configuration.host, configuration.retries = server.url, False
    with ApiClient(configuration) as client:
        yield Cluster(client)


@pytest.fixture
def keeping(world, cluster, tmp_path):
    key_file = tmp_path / "secret-key"
    key_file.write_bytes(Fernet.generate_key())
    enter_scope(world.session, Scope.of_tenant(world.north.tenant.id))
    actor = Actor(world.north.tenant.id, "Ada")
    return ClusterTrunks(cluster, world.session, actor, tenant=TENANT, key_file=key_file)


class TestClusterTrunks(TrunkKeepingContract):
    """In a cluster."""


def test_the_resource_is_what_the_operator_reads_the_same_terms_from(keeping, server):
    keeping.open("halyard", TERMS, "")
    spec = TrunkSpec.of(server.trunk("halyard"))
    assert (spec.tenant, spec.credentials) == ("north", "")
    assert spec.terms == {name: value for name, value in TERMS.items() if name != "username"}


def test_a_password_is_in_a_secret_that_ends_with_its_trunk_and_nowhere_else(keeping, server):
    keeping.open("halyard", DIGEST, PASSWORD)
    trunk = server.trunk("halyard")
    ((name, texts),) = server.secrets().items()
    assert trunk["spec"]["credentialsSecretRef"] == {"name": name}
    assert texts == {"username": "cellhub", "password": PASSWORD}
    secret = server.objects["cell", "secrets", name]
    assert [one["uid"] for one in secret["metadata"]["ownerReferences"]] == [trunk["metadata"]["uid"]]
    assert PASSWORD not in str(trunk)


def test_a_new_password_is_another_secret_and_none_is_read(keeping, server):
    keeping.open("halyard", DIGEST, PASSWORD)
    keeping.change("halyard", DIGEST, "another-one", keeping.find("halyard").version)
    named = server.trunk("halyard")["spec"]["credentialsSecretRef"]["name"]
    assert server.secrets()[named] == {"username": "cellhub", "password": "another-one"}
    assert [one for one in server.asked if "secrets" in one and not one.startswith("POST")] == []


def test_a_trunk_without_its_secret_goes_again(keeping, server):
    server.forbidden = {"secrets"}
    with pytest.raises(RefusedError, match="its account lacks the right"):
        keeping.open("halyard", DIGEST, PASSWORD)
    assert server.objects == {}


def test_what_the_schema_refuses_is_said_at_its_field(keeping, server):
    with pytest.raises(RefusedError) as refused:
        keeping.open("halyard", TERMS | {"priority": 0}, "")
    sentence = "The cluster refuses it: should be greater than or equal to 1."
    assert refused.value.each == (("priority", sentence),)
    assert server.objects == {}


@pytest.mark.parametrize(
    ("labels", "annotations", "sentence"),
    [
        ({}, {}, "was made outside of the portal"),
        ({"app.kubernetes.io/managed-by": "Helm"}, {}, "kubectl edit trunk halyard --namespace cell"),
        (
            {"app.kubernetes.io/managed-by": "cellhub-portal"},
            {"argocd.argoproj.io/tracking-id": "voice"},
            "comes from Argo CD",
        ),
    ],
)
def test_what_others_made_is_read_only_and_says_where_to_change_it(
    keeping, server, labels, annotations, sentence
):
    keeping.open("halyard", TERMS, "")
    server.trunk("halyard")["metadata"] |= {"labels": labels, "annotations": annotations}
    found = keeping.find("halyard")
    assert sentence in found.locked
    for refused in (
        lambda: keeping.change("halyard", TERMS | {"port": 5070}, "", found.version),
        lambda: keeping.delete("halyard"),
    ):
        with pytest.raises(RefusedError, match=sentence):
            refused()
    assert server.trunk("halyard")["spec"]["port"] == 5060


def test_a_status_that_is_written_meanwhile_is_in_nobodys_way(keeping, server):
    keeping.open("halyard", TERMS, "")
    find = server.trunk("halyard")
    version = keeping.find("halyard").version
    server.put(("cell", "trunks", "halyard"), find | {"status": {"activeCalls": 1}})
    keeping.change("halyard", TERMS | {"port": 5070}, "", version)
    assert server.trunk("halyard")["spec"]["port"] == 5070


def test_a_conflict_at_the_last_moment_is_tried_again(keeping, server):
    keeping.open("halyard", TERMS, "")
    version = keeping.find("halyard").version
    server.answers = [server.trunk("halyard"), status(409, "Conflict")]
    keeping.change("halyard", TERMS | {"port": 5070}, "", version)
    assert server.trunk("halyard")["spec"]["port"] == 5070


def test_a_trunk_that_is_no_row_yet_waits_with_what_the_operator_says(keeping, server):
    keeping.open("halyard", TERMS, "")
    condition = {
        "type": "Degraded",
        "status": "True",
        "reason": "NoCredentials",
        "message": "There is no Secret nowhere in cell.",
        "lastTransitionTime": "2026-07-16T11:32:08Z",
    }
    server.trunk("halyard")["status"] = {"observedGeneration": 1, "conditions": [condition]}
    (waiting,) = keeping.waiting(["north-carrier"])
    since = dt.datetime(2026, 7, 16, 11, 32, 8, tzinfo=dt.UTC)
    assert (waiting.name, waiting.conditions) == (
        "halyard",
        (Condition("Degraded", True, "NoCredentials", condition["message"], since),),
    )
    assert keeping.waiting(["halyard"]) == ()


def test_an_api_server_that_is_away_is_said_and_the_row_is_shown(world, tmp_path):
    configuration = Configuration()
    configuration.host, configuration.retries = "http://127.0.0.1:1", False
    enter_scope(world.session, Scope.of_tenant(world.north.tenant.id))
    with ApiClient(configuration) as client:
        keeping = ClusterTrunks(
            Cluster(client),
            world.session,
            Actor(world.north.tenant.id, "Ada"),
            tenant=TENANT,
            key_file=tmp_path,
        )
        found = keeping.find("north-carrier")
        assert "does not answer" in found.locked
        assert found.terms["port"] == 5080
        with pytest.raises(AwayError, match="does not answer"):
            keeping.open("halyard", TERMS, "")
