"""Updates as resources keep the contract, and keep what only a cluster asks for."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from cellhub.accounts.audit import Actor
from cellhub.accounts.models import AuditEntry
from cellhub.accounts.refusal import RefusedError
from cellhub.updates.keeping import Wish
from cellhub.updates.keeping.cluster import ClusterUpdates
from tests.factories.resources import with_defaults
from tests.functional.tenants.conftest import cluster, make_tenant, server  # noqa: F401
from tests.functional.updates.contract import BEGUN, UpdateKeepingContract
from tests.functional.updates.releases import DIGESTS, PUBLIC, signed

# The fixtures are those of the other module.
# ruff: noqa: F811
BORN = dt.datetime(2026, 7, 16, 11, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
REPOSITORIES = ("registry.example/cellhub", "registry.example/asterisk", "registry.example/janus")


@pytest.fixture
def keeping(world, cluster):
    actor = Actor(world.north.tenant.id, "Ada")
    return ClusterUpdates(cluster, world.see_everything(), actor, ("cell", "annex"), key=PUBLIC)


@pytest.fixture
def wish():
    return Wish(*signed(), tenants=("cell/north",), repositories=REPOSITORIES, drain_minutes=45, canary=False)


def hold_update(server, name="to-1.5.0", namespace="cell", **status):
    """Let an Update be in the cluster, with what the operator wrote to it."""
    spec = {
        "tenants": {"names": ["north"]},
        "version": "1.5.0",
        "images": {},
        "manifestRef": {"name": "release-1.5.0"},
        "signature": "c2lnbmVk",
    }
    metadata = {"name": name, "namespace": namespace, "uid": name, "generation": 1}
    one = {"kind": "Update", "metadata": metadata | {"creationTimestamp": at(0)}, "spec": spec}
    server.put((namespace, "updates", name), with_defaults("Update", one) | {"status": status})


def at(minutes):
    return (BORN + minutes * MINUTE).isoformat().replace("+00:00", "Z")


def written(steps):
    """Steps as the operator writes them to a status."""
    ends = len(steps) if steps[-1][0] in ("Done", "RolledBack", "Failed") else len(steps) - 1
    return [
        {"name": name, "startedAt": at(number), "message": message}
        | ({"finishedAt": at(number + 1)} if number < ends else {})
        for number, (name, message) in enumerate(steps)
    ]


@pytest.fixture
def noted(keeping, server):
    def note(steps):
        hold_update(server, fromVersion="1.4.2", step=steps[-1][0], steps=written(steps))
        return keeping, "cell.to-1.5.0"

    return note


class TestClusterUpdates(UpdateKeepingContract):
    """In a cluster."""


def test_one_is_begun_by_a_resource_and_the_manifest_that_ends_with_it(keeping, server, wish):
    namespace, _, name = keeping.begin("cell", wish).partition(".")
    made = server.objects[namespace, "updates", name]
    config = made["spec"]["manifestRef"]["name"]
    repository = dict(zip(("portal", "operator", "agent", "asterisk", "janus"),
                          [REPOSITORIES[index] for index in (0, 0, 0, 1, 2)], strict=True))  # fmt: skip
    assert made["spec"] == {
        "tenants": {"names": ["north"]},
        "version": "1.5.0",
        "images": {part: f"{repository[part]}@{digest}" for part, digest in DIGESTS.items()},
        "manifestRef": {"name": config},
        "signature": wish.signature,
        "backup": {"enabled": True, "destination": ""},
        "strategy": made["spec"]["strategy"]
        | {
            "canary": False,
            "canarySeconds": 60,
            "drainTimeout": "45m",
            "maxUnavailable": 1,
        },
        "allowRollback": True,
    }
    held = server.objects["cell", "configmaps", config]
    assert held["data"] == {"manifest.json": wish.document.decode()}
    assert [one["uid"] for one in held["metadata"]["ownerReferences"]] == [made["metadata"]["uid"]]


def test_one_that_is_begun_waits_for_the_operator(keeping, wish):
    found = keeping.find(keeping.begin("cell", wish))
    assert (found.word, found.step, found.whom, found.by) == ("Waiting", "", "north", "the portal")
    assert {mark.word for mark in found.marks} == {"Waiting"}


def test_a_release_that_is_not_believed_begins_nothing(keeping, server, wish, world):
    changed = replace(wish, document=wish.document.replace(b"1.5.0", b"1.6.0"))
    unsigned = replace(wish, signature="")
    document, signature = signed(images={"portal": DIGESTS["portal"]})
    halved = replace(wish, document=document, signature=signature)
    for wrong, sentence in (
        (changed, "The signature does not hold"),
        (unsigned, "The manifest has no signature."),
        (halved, "The release has no image of agent, asterisk, operator."),
    ):
        with pytest.raises(RefusedError, match=sentence) as refused:
            keeping.begin("cell", wrong)
        assert refused.value.field == "manifest"
    assert [one for one in server.asked if one.startswith("POST")] == []
    assert deeds(world) == []


def deeds(world):
    query = select(AuditEntry.action, AuditEntry.actor).where(AuditEntry.object_kind == "update")
    return [tuple(one) for one in world.see_everything().execute(query)]


@pytest.mark.parametrize(
    ("place", "field"),
    [
        (("kube-system", "kube-system/north"), "namespace"),
        (("",), "namespace"),
        (("cell",), "tenants"),
        (("cell", "annex/globe"), "tenants"),
        (("cell", "kube-system/x"), "tenants"),
    ],
)
def test_none_is_begun_outside_of_the_installation(keeping, server, wish, place, field):
    namespace, *tenants = place
    with pytest.raises(RefusedError) as refused:
        keeping.begin(namespace, replace(wish, tenants=tuple(tenants)))
    assert (refused.value.field, server.asked) == (field, [])


def test_one_elsewhere_is_never_asked_for(keeping, server):
    hold_update(server, namespace="kube-system")
    assert keeping.find("kube-system.to-1.5.0") is None
    assert keeping.all() == ()
    assert [one for one in server.asked if "kube-system" in one] == []


def test_one_without_its_manifest_goes_again(keeping, server, wish, world):
    server.forbidden = {"configmaps"}
    with pytest.raises(RefusedError, match="its account lacks the right"):
        keeping.begin("cell", wish)
    assert [key for key in server.objects if key[1] != "tenants"] == []
    assert deeds(world) == []


def test_who_began_it_is_written_down(keeping, wish, world):
    keeping.begin("cell", wish)
    assert deeds(world) == [("create", "Ada")]


def test_tenants_are_those_of_the_installation(keeping, server):
    make_tenant(server, "globe", "annex")
    make_tenant(server, "far", "kube-system")
    assert keeping.tenants() == ("annex/globe", "cell/north")


def test_one_that_cannot_go_on_says_so(keeping, server):
    said = {"type": "Degraded", "status": "True", "reason": "NoManifest", "message": "There is no ConfigMap."}
    hold_update(server, observedGeneration=1, conditions=[said | {"lastTransitionTime": at(1)}])
    assert keeping.find("cell.to-1.5.0").reason == "There is no ConfigMap."


def test_the_newest_is_the_first(keeping, noted, server):
    noted(BEGUN)
    hold_update(server, "to-1.6.0", "annex")
    server.objects["annex", "updates", "to-1.6.0"]["metadata"]["creationTimestamp"] = at(9)
    assert [one.key for one in keeping.all()] == ["annex.to-1.6.0", "cell.to-1.5.0"]


def test_one_that_runs_is_taken_back_by_its_deletion(keeping, wish, server, world):
    key = keeping.begin("cell", wish)
    keeping.stop(key)
    assert [one["kind"] for one in server.gone] == ["Update"]
    assert deeds(world) == [("create", "Ada"), ("delete", "Ada")]


def test_one_of_kubectl_is_left_alone(keeping, server):
    hold_update(server, step="Canary", steps=written([("Canary", "")]))
    with pytest.raises(RefusedError, match="was made outside of the portal"):
        keeping.stop("cell.to-1.5.0")
    assert server.gone == []


def test_one_that_has_ended_is_left_alone(keeping, wish, server):
    namespace, _, name = keeping.begin("cell", wish).partition(".")
    server.objects[namespace, "updates", name]["status"] = {"steps": written([("Done", "")])}
    with pytest.raises(RefusedError, match="nothing to take back"):
        keeping.stop(f"{namespace}.{name}")
    with pytest.raises(RefusedError, match="not there any more"):
        keeping.stop("kube-system.x")
    assert server.gone == []
