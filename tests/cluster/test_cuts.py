"""The keeper on the real API server and database, cut off before and after every single action.

What a cut leaves is what the next process finds, so the end of one action and the beginning of the
next are one cut. Here the kill is an exception; test_operator.py kills real processes, some time after
their start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.cluster.cutting import ground

pytestmark = pytest.mark.usefixtures("resources")

PLAIN = {"displayName": "T", "sipDomain": "sip.example"}
RICH = PLAIN | {
    "displayName": "T 2",
    "limits": {"maxCalls": 9},
    "janus": {"enabled": True, "replicas": 2},
    "asterisk": {"replicas": 2, "exposure": "NodePort"},
    "suspended": True,
}
BY_ADDRESS = {"host": "198.51.100.31"}
REGISTERING = {
    "host": "198.51.100.32",
    "authentication": "register",
    "credentialsSecretRef": {"name": "carrier"},
}
CREDENTIALS = {"username": "north", "password": "a-password-of-a-carrier"}


@dataclass(frozen=True, slots=True)
class Change:
    """From one spec to another; None is no resource."""

    kind: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    least: int
    """Actions that it takes at least: fewer would mean that the test cuts nothing."""

    @property
    def deed(self) -> str:
        return f"{'keep' if self.after else 'end'}_{self.kind.lower()}"


CHANGES = {
    "a plain tenant is made": Change("Tenant", None, PLAIN, 12),
    "a rich tenant is made": Change("Tenant", None, RICH, 14),
    "a tenant gets more": Change("Tenant", PLAIN, RICH, 6),
    "a tenant gets less": Change("Tenant", RICH, PLAIN, 6),
    "a tenant is let go": Change("Tenant", PLAIN, None, 10),
    "a tenant is erased": Change("Tenant", RICH | {"deletionPolicy": "Delete"}, None, 10),
    "a trunk is made": Change("Trunk", None, BY_ADDRESS, 1),
    "a trunk that registers is made": Change("Trunk", None, REGISTERING, 1),
    "a trunk begins to register": Change("Trunk", BY_ADDRESS, REGISTERING, 1),
    "a trunk registers no more": Change("Trunk", REGISTERING, BY_ADDRESS, 1),
    "a trunk is deleted": Change("Trunk", REGISTERING, None, 1),
}


@pytest.fixture
def place(api, namespace, own_database, postgres, tmp_path):
    with ground(api, namespace, own_database, postgres, tmp_path) as one:
        yield one


def begin(place, change):
    """Bring about what there is before the change; returns its name and what is to be kept or ended."""
    name = place.fresh()
    if change.kind == "Trunk":
        place.secret("carrier", **CREDENTIALS)
        place.whole("keep_tenant", apply(place, "Tenant", name, PLAIN))
    resource = apply(place, change.kind, name, change.before or change.after)
    if change.before:
        place.whole(f"keep_{change.kind.lower()}", resource)
    if change.before and change.after:
        resource = apply(place, change.kind, name, change.after)
    return name, resource


def apply(place, kind, name, spec):
    own = {"adminEmail": f"ada@{name}.example"} if kind == "Tenant" else {"tenantRef": {"name": name}}
    return place.apply(kind, name, spec | own)


def without_pods(did):
    """The actions that do not hang on how fast the cluster makes pods."""
    return [action for action in did if action != "MarkPod"]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_wherever_the_operator_is_killed_the_next_one_ends_up_at_the_same(place, change):
    name, resource = begin(place, change)
    did = place.whole(change.deed, resource)
    expected = place.left_of(name)
    assert len(did) >= change.least, did
    for actions in range(len(without_pods(did))):
        name, resource = begin(place, change)
        assert len(place.killed_after(actions, change.deed, resource)) == actions
        place.whole(change.deed, resource)
        assert place.left_of(name) == expected, f"killed after {did[:actions]}"


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_operators_that_are_killed_after_one_action_each_end_up_at_the_same(place, change):
    name, resource = begin(place, change)
    place.whole(change.deed, resource)
    expected = place.left_of(name)
    name, resource = begin(place, change)
    lives = 0
    while place.killed_after(1, change.deed, resource):
        lives += 1
    place.whole(change.deed, resource)
    assert lives >= change.least
    assert place.left_of(name) == expected


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_a_tenant_that_was_only_begun_ends_without_a_rest(place, policy):
    change = Change("Tenant", None, PLAIN | {"deletionPolicy": policy}, 12)
    name, resource = begin(place, change)
    did = place.whole(change.deed, resource)
    for actions in range(1, len(without_pods(did))):
        name, resource = begin(place, change)
        place.killed_after(actions, change.deed, resource)
        place.whole("end_tenant", resource)
        left = place.left_of(name)
        rest = (left["objects"], left["roles"], left["ties"], len(left["tenant"]))
        assert rest == ({}, [], [], int(policy == "Retain")), f"killed after {did[:actions]}"
