"""Pods end, by themselves or because somebody ends them: what becomes of the calls in them."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from cellhub.switch.sipp import calls
from tests.calls.conftest import ended
from tests.cluster.figures import tell
from tests.cluster.kubernetes.certificates import NODE
from tests.cluster.traffic import traffic
from tests.cluster.updating import BUSY, check, scale
from tests.cluster.voice import NUMBER, OK, cost_of, seconds_of, starts
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.timeout(600)

EVIDENCE = Decimal("0.020")
LAST_SEEN = 1.5
"""Seconds by which the agent may be wrong about when its Asterisk died."""

MANY, LINES = 20, 6
TALK = 6.0
DRAINING = 503
KILLED_AFTER = 4.0
LONGER_THAN_A_SLICE = 66.0
"""Seconds: what was held at first pays for 60, and two are given."""


@pytest.fixture
def in_background():
    with ThreadPoolExecutor() as pool:
        yield pool.submit


def delete_the_pod(exchange):
    exchange.kubectl("delete", "pod/north-switch-0", "--wait=false")


def drain_the_node(exchange):
    pods = ("--pod-selector=cellhub.io/tenant=north", "--delete-emptydir-data", "--timeout=50s")
    exchange.kubectl("drain", NODE, *pods)


@pytest.mark.parametrize(
    ("end", "talk"), [(delete_the_pod, (1, LONGER_THAN_A_SLICE)), (drain_the_node, (MANY, 12.0))]
)
def test_calls_outlive_the_end_of_their_pod(north, exchange, in_background, end, talk):
    count, seconds = talk
    office, before, heard = north.office, len(north.office.records()), len(north.carrier.calls())
    (pod,) = office.pods()
    running = in_background(calls, office.phone, NUMBER, count, seconds)
    north.carrier.wait_for(lambda seen: sum(one.answered for one in seen[heard:]) == count, 15.0)
    try:
        end(exchange)
        outcomes = running.result()
    finally:
        exchange.kubectl("uncordon", NODE)
    seen = north.carrier.wait_for(lambda seen: ended(seen[heard:]))[heard:]
    ends = [(one.code, round(one.talk_seconds, 1)) for one in outcomes]
    assert ends == [(OK, seconds)] * count
    records = office.new_records(before, count)
    pairs = zip(
        sorted(one.billsec for one in records),
        sorted(Decimal(str(one.talk_seconds)) for one in seen),
        strict=True,
    )
    assert [(ours, theirs) for ours, theirs in pairs if abs(ours - theirs) > EVIDENCE] == []
    assert sorted(office.entries()[-count:]) == sorted((one.call_id, cost_of(one)) for one in records)
    tell(f"{end.__name__}: {count} calls of {seconds:g} s, 0 dropped, each charged to {EVIDENCE} s")
    office.wait_until_ready()
    (another,) = office.pods()
    assert another["metadata"]["uid"] != pod["metadata"]["uid"]
    assert office.call(0.2).code == OK


def test_calls_of_an_asterisk_that_was_killed_cost_until_it_was_last_seen(north, exchange, in_background):
    office, before, heard = north.office, len(north.office.records()), len(north.carrier.calls())
    (pod,) = office.pods()
    running = [in_background(office.call, 20.0) for _ in range(3)]
    north.carrier.wait_for(lambda calls: sum(one.answered for one in calls[heard:]) == len(running))
    since = time.monotonic()
    wait_for(lambda: time.monotonic() > since + KILLED_AFTER, "the calls have run for a while")
    os.kill(asterisk_of(pod), signal.SIGKILL)
    lasted = time.monotonic() - since
    records = office.new_records(before, len(running), seconds=60)
    tell(f"killed after {lasted:.3f} s, charged {[str(seconds_of(one)) for one in records]}")
    assert [abs(float(seconds_of(one)) - lasted) < LAST_SEEN for one in records] == [True] * len(running)
    charged = office.entries()[-len(running) :]
    assert sorted(charged) == sorted((one.call_id, cost_of(one)) for one in records)
    assert office.running() == []
    office.wait_until_ready()
    (same,) = office.pods()
    uid = pod["metadata"]["uid"]
    assert starts([same]) == starts([pod]) | {f"{uid} asterisk": starts([pod])[f"{uid} asterisk"] + 1}
    assert office.call(0.2).code == OK
    assert "BROKEN" not in exchange.doctor()


def test_a_tenant_gets_a_second_softswitch_and_gives_it_back_through_its_calls(south):
    office, before = south.office, len(south.office.records())
    with traffic(office, LINES, TALK) as calls:
        try:
            scale(office, 2)
            wait_for(lambda: len(office.busy()) == len(office.pods()), "both have calls", 60.0)
        finally:
            scale(office, 1)
    check(calls, before, BUSY)
    assert set(calls.refused()) <= {DRAINING}
    tell(f"1 softswitch, 2, and 1 again: {len(calls.answered())} calls, 0 dropped")


def asterisk_of(pod):
    """The process of a pod's Asterisk, as this machine numbers it."""
    uid = pod["metadata"]["uid"]
    (found,) = [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if is_asterisk(folder) and uid in (folder / "cgroup").read_text()
    ]
    return found


def is_asterisk(folder):
    try:
        return (folder / "comm").read_text() == "asterisk\n"
    except FileNotFoundError:
        return False
