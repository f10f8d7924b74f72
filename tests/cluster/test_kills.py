"""An operator whose process is killed after each single action, again and again, on the real API server."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.cluster.figures import tell
from tests.cluster.worlds import OBJECTS, SECONDS, TENANT, TRUNK, file_of
from tests.fixtures.switch import wait_for

pytestmark = [pytest.mark.usefixtures("resources"), pytest.mark.timeout(900)]

DOUBLED = """
    SELECT action, object_kind, object_name, changes::text, count(*) FROM audit_entry
    GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
"""
SECRET = ("v1", "Secret", "north-switch")


def lives(operator, done):
    """Let operators do one action each until there is nothing more to do; returns how many were killed."""
    killed = 0
    while one_life(operator, done) is not None:
        assert operator.ended() == -signal.SIGKILL
        killed += 1
    operator.kill()
    return killed


def one_life(operator, done):
    """How an operator ended; None if it found nothing to do, and looked once more."""
    operator.start()
    wait_for(lambda: operator.ended() is not None or done(), "an action, or the end of all", SECONDS)
    looks = operator.looks()
    wait_for(lambda: operator.ended() is not None or operator.looks() > looks, "one more look", SECONDS)
    return operator.ended()


def test_operators_that_are_killed_after_every_action_bring_about_change_and_end_the_same(
    operator, world, tmp_path
):
    operator.command = (sys.executable, "-m", "tests.cluster.mortal")
    world.apply(TENANT, deletionPolicy="Delete")
    made = lives(operator, lambda: world.there() == OBJECTS and world.waits_for_pods())
    assert world.rows("SELECT slug, name FROM tenant WHERE id > 0") == [("north", "North Telecom")]
    assert world.rows("SELECT email, role FROM login") == [("ada@north.example", "admin")]

    world.apply(TRUNK)
    trunk = lives(operator, lambda: "trunk-halyard" in file_of(world.read(*SECRET), "pjsip.conf"))
    world.apply(TRUNK, host="198.51.100.32")
    moved = lives(operator, lambda: "198.51.100.32" in file_of(world.read(*SECRET), "pjsip.conf"))
    assert world.rows("SELECT name, host FROM trunk") == [("halyard", "198.51.100.32")]

    changes = {"displayName": "Nord", "asterisk": {"replicas": 2, "exposure": "NodePort"}}
    world.apply(TENANT, deletionPolicy="Delete", **changes)
    changed = lives(operator, lambda: world.service_type() == "NodePort" and world.generation_seen() == 2)
    assert world.rows("SELECT name FROM tenant WHERE id > 0") == [("Nord",)]
    assert world.rows(DOUBLED) == []

    world.delete("cellhub.io/v1alpha1", "Trunk", "halyard")
    gone = lives(operator, lambda: "trunk-halyard" not in file_of(world.read(*SECRET), "pjsip.conf"))
    assert world.rows("SELECT count(*) FROM trunk") == [(0,)]
    world.delete("cellhub.io/v1alpha1", "Tenant", "north")
    ended = end(operator, world)
    tell(f"operators killed: {made} making, {trunk + moved} trunk, {changed} changing, {gone + ended} ending")
    assert (world.there(), world.rows("SELECT count(*) FROM tenant WHERE id > 0")) == (set(), [(0,)])
    assert world.rows("SELECT rolname FROM pg_roles WHERE rolname LIKE 'cellhub_%_north'") == []
    assert len(list(tmp_path.glob("backups/*"))) == 1
    # As many as there are actions: each was a life.
    assert (made >= 12, trunk + moved >= 4, changed >= 3, gone >= 2, ended >= 9) == (True,) * 5


def end(operator, world):
    """The same for the tenant's end, after which there is nothing to look at any more."""
    killed = 0
    while True:
        operator.start()
        wait_for(lambda: operator.ended() is not None or world.tenant() is None, "an end", SECONDS)
        if operator.ended() is None:
            operator.kill()
            return killed
        assert operator.ended() == -signal.SIGKILL
        killed += 1
