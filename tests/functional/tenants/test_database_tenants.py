"""Tenants whose row is the decision keep the contract: the one of an installation on one machine."""

from __future__ import annotations

import datetime as dt

import pytest

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import RefusedError
from cellhub.db.tenancy import Tenant
from cellhub.telemetry.heartbeats import Part
from cellhub.telemetry.models import Heartbeat
from cellhub.tenants.keeping import Policy, Word
from cellhub.tenants.keeping.database import DatabaseTenants
from tests.functional.tenants.contract import TenantKeepingContract


@pytest.fixture
def keeping(world):
    return DatabaseTenants(world.see_everything(), Actor(world.north.tenant.id, "Ada"))


@pytest.fixture
def key():
    return "north"


class TestDatabaseTenants(TenantKeepingContract):
    """On one machine."""


def test_none_is_made_and_none_ends_and_it_says_why(keeping):
    with pytest.raises(RefusedError, match="Another tenant needs Kubernetes"):
        keeping.open("cell", "east", {"name": "East"})
    with pytest.raises(RefusedError, match="Ending a tenant needs Kubernetes"):
        keeping.end("north", Policy.DELETE)
    assert [one.slug for one in keeping.all()] == ["north", "south"]


@pytest.mark.parametrize(
    ("ago", "word", "sentence"),
    [
        (None, Word.NOT_SEEN, "Its softswitch has never been seen."),
        (dt.timedelta(seconds=5), Word.READY, "Its softswitch runs."),
        (dt.timedelta(minutes=9), Word.NOT_SEEN, "No sign of life of its softswitch for 9 min."),
    ],
)
def test_its_softswitch_is_told_by_its_own_signs_of_life(keeping, world, ago, word, sentence):
    now = dt.datetime.now(dt.UTC)
    beats = [(world.south, now)] + ([] if ago is None else [(world.north, now - ago)])
    for company, at in beats:
        row = Heartbeat(tenant_id=company.tenant.id, part=Part.ASTERISK, instance="pod-1", seen_at=at)
        world.session.add(row)
    world.session.flush()
    found = keeping.find("north")
    assert (found.word, found.sentence) == (word, sentence)


def test_one_that_a_resource_manages_is_read_only(keeping, world):
    world.session.get(Tenant, world.north.tenant.id).managed_by = "cell/north"
    world.session.flush()
    assert keeping.find("north").locked.startswith("The Tenant cell/north manages it")
    with pytest.raises(RefusedError, match="The Tenant cell/north manages it"):
        keeping.change("north", {"max_calls": 7}, keeping.find("north").version)
