"""The operator with the real API server, controller manager and PostgreSQL; no node runs a pod here."""

from __future__ import annotations

import time

import pytest

from tests.cluster.figures import tell
from tests.cluster.worlds import OBJECTS, SECONDS, TENANT, TRUNK, file_of
from tests.fixtures.switch import wait_for

A_MINUTE = 60.0
pytestmark = pytest.mark.usefixtures("resources")


def test_a_tenant_is_brought_about(operator, world):
    operator.start()
    world.apply(TENANT)
    world.kept()
    assert world.rows("SELECT slug, name, managed_by FROM tenant WHERE id > 0") == [
        ("north", "North Telecom", f"{world.namespace}/north")
    ]
    assert world.rows("SELECT email, role FROM login") == [("ada@north.example", "admin")]
    assert world.rows("SELECT count(*) FROM pg_roles WHERE rolname = 'cellhub_switch_north'") == [(1,)]
    tenant = world.tenant()
    assert tenant["status"]["observedGeneration"] == 1
    assert world.condition("Tenant", "north", "Degraded") == ("False", "AsWanted")
    assert (tenant["metadata"].get("annotations") or {}) == {}


def test_a_trunk_is_in_the_files_of_its_tenant_within_seconds(operator, world):
    operator.start()
    world.apply(TENANT)
    world.kept()
    began = time.monotonic()
    world.apply(TRUNK)
    secret = ("v1", "Secret", "north-switch")
    wait_for(
        lambda: "trunk-halyard" in file_of(world.read(*secret), "pjsip.conf"), "the trunk is in the files", 5
    )
    tell(f"a trunk was in the files {time.monotonic() - began:.2f} s after it was applied")
    wait_for(
        lambda: world.condition("Trunk", "halyard", "Ready") == ("True", "InUse"), "it is ready", SECONDS
    )
    world.apply(TRUNK, host="198.51.100.32")
    wait_for(lambda: "198.51.100.32" in file_of(world.read(*secret), "pjsip.conf"), "its new host is", 5)
    world.delete("cellhub.io/v1alpha1", "Trunk", "halyard")
    wait_for(lambda: "trunk-halyard" not in file_of(world.read(*secret), "pjsip.conf"), "it is out again", 5)
    wait_for(lambda: world.read("cellhub.io/v1alpha1", "Trunk", "halyard") is None, "it is gone", SECONDS)


def test_a_trunk_waits_for_its_tenant(operator, world):
    operator.start()
    world.apply(TRUNK)
    wait_for(
        lambda: world.condition("Trunk", "halyard", "Progressing") == ("True", "NoTenant"),
        "it waits",
        SECONDS,
    )
    world.apply(TENANT)
    wait_for(lambda: world.condition("Trunk", "halyard", "Ready") == ("True", "InUse"), "it is used", SECONDS)


def test_a_spec_that_cannot_be_brought_about_is_told_and_the_old_one_serves(operator, world, control_plane):
    operator.start()
    world.apply(TENANT)
    world.apply(TRUNK)
    wait_for(lambda: world.condition("Trunk", "halyard", "Ready") == ("True", "InUse"), "it is used", SECONDS)
    reference = {"authentication": "register", "credentialsSecretRef": {"name": "nowhere"}}
    world.apply(TRUNK, host="198.51.100.99", **reference)
    wait_for(
        lambda: world.condition("Trunk", "halyard", "Degraded") == ("True", "NoCredentials"), "told", SECONDS
    )
    assert world.condition("Trunk", "halyard", "Ready") == ("True", "InUse")
    assert world.rows("SELECT host FROM trunk") == [("198.51.100.31",)]

    def told():
        return control_plane.kubectl("describe", "trunk/halyard", f"--namespace={world.namespace}")

    wait_for(lambda: "There is no Secret nowhere" in told().partition("Events:")[2], "told", SECONDS)
    assert "Warning  NoCredentials" in told()


SPOILT = {
    ("v1", "Service", "north-sip"): None,
    ("v1", "ConfigMap", "north-switch"): {"data": {"extensions.conf": "; mine\n"}},
    ("apps/v1", "StatefulSet", "north-switch"): {"spec": {"replicas": 7}},
}
"""What somebody does to objects by hand; None deletes one."""


def spoil(world, kind, change):
    """Do it; returns the object as it was."""
    healthy, (api_version, word, name) = world.read(*kind), kind
    if change is None:
        world.delete(*kind)
    else:
        world.api.kind(api_version, word).patch(
            body=change, name=name, namespace=world.namespace, content_type="application/merge-patch+json"
        )
    return healthy


def is_mended(found, healthy, change):
    """Whether an object is another version of what it was, and the same where it was changed."""
    if found is None or found["metadata"]["resourceVersion"] == healthy["metadata"]["resourceVersion"]:
        return False
    if change and "data" in change:
        return found["data"] == healthy["data"]
    return change is None or found["spec"]["replicas"] == healthy["spec"]["replicas"]


def test_drift_is_mended_within_a_minute(operator, world):
    operator.environment["CELLHUB_RESYNC_SECONDS"] = "30"  # as it is installed
    operator.start()
    world.apply(TENANT)
    world.kept()
    began = time.monotonic()
    healthy = {kind: spoil(world, kind, change) for kind, change in SPOILT.items()}

    def all_mended():
        return all(is_mended(world.read(*kind), healthy[kind], change) for kind, change in SPOILT.items())

    wait_for(all_mended, "all is as it was", A_MINUTE)
    tell(f"a Service, a ConfigMap and a StatefulSet mended after {time.monotonic() - began:.1f} s")
    for (_, word, name), change in SPOILT.items():
        how = "was gone" if change is None else "had been changed by somebody"
        told = f"{word} {name} {how}"
        wait_for(lambda told=told: told in world.told("Mended"), "it is told", SECONDS)


def test_a_changed_secret_of_a_trunk_is_used_within_a_minute(operator, world):
    operator.environment["CELLHUB_RESYNC_SECONDS"] = "30"
    operator.start()
    account = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "account"}}
    given = {"username": "acct-7", "password": "the-first-password"}
    world.api.apply(account | {"stringData": given}, world.namespace)
    world.apply(TENANT)
    world.apply(TRUNK, authentication="register", credentialsSecretRef={"name": "account"})
    ours = ("v1", "Secret", "north-switch")
    wait_for(lambda: world.there() == OBJECTS, "all is there", SECONDS)
    wait_for(lambda: given["password"] in file_of(world.read(*ours), "pjsip.conf"), "it is used", SECONDS)
    began = time.monotonic()
    world.api.apply(account | {"stringData": given | {"password": "the-second-password"}}, world.namespace)
    wait_for(lambda: "the-second-password" in file_of(world.read(*ours), "pjsip.conf"), "the new", A_MINUTE)
    tell(f"a changed secret was in the files after {time.monotonic() - began:.1f} s")


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_a_deleted_tenant_leaves_nothing_but_what_is_to_be_kept(operator, world, policy, tmp_path):
    operator.start()
    world.apply(TENANT, deletionPolicy=policy)
    world.kept()
    world.delete("cellhub.io/v1alpha1", "Tenant", "north")
    wait_for(lambda: world.tenant() is None, "the tenant is gone", SECONDS)
    wait_for(lambda: world.there() == set(), "its objects are gone", SECONDS)
    rows = world.rows("SELECT slug, managed_by, suspended FROM tenant WHERE id > 0")
    assert rows == ([("north", "", True)] if policy == "Retain" else [])
    assert len(list(tmp_path.glob("backups/north-*.zip"))) == (policy == "Delete")
    sentence = "stay, managed by nobody" if policy == "Retain" else "saved among the last backups"
    assert sentence in world.told("RowsKept" if policy == "Retain" else "RowsErased")
    assert world.rows("SELECT count(*) FROM pg_roles WHERE rolname = 'cellhub_switch_north'") == [(0,)]


@pytest.mark.parametrize("after", [0.0, 0.6, 0.9, 1.1, 1.3, 1.6])
def test_an_operator_that_is_killed_leaves_the_rest_to_the_next(operator, world, after):
    world.apply(TENANT)
    operator.start()
    began = time.monotonic()
    wait_for(lambda: time.monotonic() >= began + after, "it has done something", SECONDS)
    operator.kill()
    operator.start()
    world.kept()
    assert world.rows("SELECT count(*) FROM login") == [(1,)]
    operator.kill()
    world.delete("cellhub.io/v1alpha1", "Tenant", "north")
    operator.start()
    wait_for(lambda: world.tenant() is None, "the tenant is gone", SECONDS)
    wait_for(lambda: world.there() == set(), "its objects are gone", SECONDS)
