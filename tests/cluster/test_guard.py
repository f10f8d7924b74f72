"""Two operators at once: the one with the Lease acts, the other takes over when that one is gone."""

from __future__ import annotations

import signal
import sys
import time

import pytest
from cellhub_operator.lease import LEASE_SECONDS
from cellhub_operator.running import LOST

from tests.cluster.figures import tell
from tests.cluster.keeping import operator as operator_process
from tests.cluster.worlds import SECONDS, TENANT
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.usefixtures("resources")

TOLD_TO_END = """
import os, signal, sys
from cellhub_operator import running
from cellhub_operator.main import main

make = running.keepers_of
def keepers_of(*arguments):
    os.kill(os.getpid(), signal.SIGTERM)
    return make(*arguments)
running.keepers_of = keepers_of
sys.exit(main(["run"]))
"""
"""An operator that is told to end when it has the Lease and does not yet keep anything."""


@pytest.fixture
def other(control_plane, namespace, own_database, postgres, tmp_path):
    """A second operator of the same namespace and database."""
    home = tmp_path / "other"
    home.mkdir()
    admin = postgres.superuser_url()
    kubeconfig = control_plane.plan.operators_kubeconfig
    with operator_process(kubeconfig, namespace, own_database, admin, home, IDENTITY="another") as one:
        yield one


def seen(world):
    return ((world.tenant() or {}).get("status") or {}).get("observedGeneration")


def begin(operator, other, world):
    """Let the first keep the tenant while the second waits."""
    operator.start()
    wait_for(lambda: operator.said("lease.taken"), "the first has it", SECONDS)
    other.start()
    wait_for(lambda: other.said("lease.waits"), "the second waits", SECONDS)
    world.apply(TENANT)
    world.kept()
    assert other.metric("process_cpu_seconds_total") > 0  # it can be asked
    assert (other.looks(), other.said("lease.taken")) == (0, False)


def test_the_second_takes_over_when_the_first_was_killed(operator, other, world):
    begin(operator, other, world)
    operator.kill()
    began = time.monotonic()
    world.apply(TENANT, displayName="North and Sons")
    wait_for(lambda: seen(world) == 2, "the second acts", LEASE_SECONDS + 10)
    tell(f"taken over {time.monotonic() - began:.1f} s after the holder was killed")
    assert world.rows("SELECT name FROM tenant WHERE id > 0") == [("North and Sons",)]


def test_one_that_ends_in_order_is_followed_at_once(operator, other, world):
    begin(operator, other, world)
    operator.stop()
    began = time.monotonic()
    wait_for(lambda: other.said("lease.taken"), "the second has it", LEASE_SECONDS / 2)
    tell(f"taken over {time.monotonic() - began:.1f} s after the holder ended")


def test_one_that_is_told_to_end_while_it_begins_ends_and_leaves_the_lease_to_the_next(operator, other):
    operator.command = (sys.executable, "-c", TOLD_TO_END)
    operator.start()
    assert operator.process.wait(SECONDS) == 0
    assert operator.said("lease.taken")
    other.start()
    wait_for(lambda: other.said("lease.taken"), "the second has it", LEASE_SECONDS / 2)


def test_a_holder_that_stood_still_finds_that_it_was_replaced_and_does_nothing_more(operator, other, world):
    begin(operator, other, world)
    operator.process.send_signal(signal.SIGSTOP)
    wait_for(lambda: other.said("lease.taken"), "the second has it", LEASE_SECONDS + 10)
    did = operator.log.read_text().count("operator.does")
    world.apply(TENANT, displayName="North and Sons")
    wait_for(lambda: seen(world) == 2, "the second acts", SECONDS)
    world.delete("v1", "Service", "north-sip")
    operator.process.send_signal(signal.SIGCONT)
    assert operator.process.wait(SECONDS) == LOST
    assert operator.log.read_text().count("operator.does") == did
