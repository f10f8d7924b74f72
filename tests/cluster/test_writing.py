"""What the operator writes to the API server: no more than there is to change."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.cluster.audit import Write
from tests.cluster.worlds import OBJECTS, SECONDS, TENANT, TRUNK, file_of
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.usefixtures("resources")

LOOKS = 4
OTHERS = ("tenants", "tenants/status", "pods", "events")


def test_each_object_of_a_new_tenant_is_written_once(operator, world, written):
    operator.start()
    world.apply(TENANT)
    world.kept()
    world.rest()
    objects = Counter(one for one in written() if one.resource not in OTHERS)
    assert set(objects.values()) == {1}
    assert sorted(one.name for one in objects) == sorted(name for _, _, name in OBJECTS)


def test_nothing_is_written_in_steady_state(operator, world, written):
    operator.start()
    world.apply(TENANT)
    world.apply(TRUNK)
    world.kept()
    secret = ("v1", "Secret", "north-switch")
    wait_for(lambda: "trunk-halyard" in file_of(world.read(*secret), "pjsip.conf"), "it is told", SECONDS)
    versions, before, seen = world.rest(), written(), operator.looks()
    wait_for(lambda: operator.looks() >= seen + LOOKS, "it looks at both again", SECONDS)
    assert written() == before
    assert world.rest() == versions


def test_a_status_is_written_when_it_changes_and_not_before(operator, world, written):
    operator.start()
    world.apply(TENANT)
    world.kept()
    world.rest()
    before = len(written())
    world.apply(TENANT, displayName="North and Sons")
    wait_for(lambda: world.tenant()["status"]["observedGeneration"] == 2, "it is seen", SECONDS)
    world.rest()
    assert written()[before:] == [Write("patch", "tenants/status", "north")]
