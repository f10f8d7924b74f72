"""A tenant that goes to another namespace, as docs/kubernetes/day-2.md tells: its books stay and go on."""

from __future__ import annotations

from copy import copy

import pytest

from tests.cluster.worlds import OBJECTS, SECONDS, TENANT, TRUNK
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.usefixtures("resources")

ROW = "SELECT id, name, suspended, managed_by FROM tenant WHERE slug = 'north'"
ADMINS = "SELECT id, email FROM login WHERE role = 'admin'"
FIRST_PASSWORD = ("v1", "Secret", "north-admin")
TRUNKS = "SELECT name, managed_by FROM trunk"


@pytest.fixture
def operator(elsewhere, namespace, operator):
    """It keeps two namespaces, and ends before they do: they wait for what it would hold in them."""
    operator.environment["CELLHUB_NAMESPACES"] = f"{namespace},{elsewhere}"
    return operator


@pytest.fixture
def there(world, elsewhere):
    """The same in the other namespace."""
    other = copy(world)
    other.namespace = elsewhere
    return other


def test_a_tenant_and_its_trunk_are_taken_up_in_another_namespace(operator, world, there):
    operator.start()
    world.apply(TENANT)
    world.apply(TRUNK)
    world.kept()
    ((number, *_),) = world.rows(ROW)
    admins = world.rows(ADMINS)
    wait_for(lambda: world.rows(TRUNKS) == [("halyard", f"{world.namespace}/halyard")], "the trunk", SECONDS)

    world.apply(TENANT, suspended=True, deletionPolicy="Retain")
    wait_for(lambda: world.rows(ROW)[0][2], "no new call", SECONDS)
    world.delete("cellhub.io/v1alpha1", "Trunk", "halyard")
    wait_for(lambda: world.rows(TRUNKS) == [], "the trunk is gone", SECONDS)
    world.delete("cellhub.io/v1alpha1", "Tenant", "north")
    wait_for(lambda: world.tenant() is None, "the Tenant is gone", SECONDS)
    assert world.rows(ROW) == [(number, "North Telecom", True, "")]

    there.apply(TENANT)
    there.apply(TRUNK)
    # Its admin has a password already.
    wait_for(lambda: there.there() == OBJECTS - {FIRST_PASSWORD}, "all objects are there", SECONDS)
    wait_for(there.waits_for_pods, "only the pods are waited for", SECONDS)
    wait_for(lambda: there.rows(TRUNKS) == [("halyard", f"{there.namespace}/halyard")], "the trunk", SECONDS)
    assert there.rows(ROW) == [(number, "North Telecom", False, f"{there.namespace}/north")]
    assert there.rows(ADMINS) == admins
    assert world.there() == set()
