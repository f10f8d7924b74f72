"""The database of an installation dies and comes back while as many talk as this machine carries."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from cellhub.domain.settlement import GRACE_SECONDS
from cellhub.switch.sipp import calls
from tests.calls.conftest import ended
from tests.cluster.figures import tell
from tests.cluster.voice import NUMBER, OK, cost_of, is_ready
from tests.fixtures.chart import RELEASE
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.timeout(600)

POD = f"{RELEASE}-postgres-0"
LENGTHS, EACH = (6.0, 8.0, 10.0, 12.0), 5
"""Seconds, and how many calls of each."""

MANY = len(LENGTHS) * EACH
SECONDS = 90.0
EVIDENCE = Decimal("0.020")


def database(exchange):
    """The database's pod, if there is one."""
    found = exchange.kubectl("get", "pod", POD, "--ignore-not-found", "--output=json")
    return json.loads(found) if found else None


def end_and_wait_for_another(exchange, *how):
    """End the database's pod; returns the seconds until another one is ready."""
    began, uid = time.monotonic(), database(exchange)["metadata"]["uid"]
    exchange.kubectl("delete", "pod", POD, "--wait=false", *how)

    def another():
        pod = database(exchange)
        return pod and pod["metadata"]["uid"] != uid and is_ready(pod)

    wait_for(another, "another database", SECONDS)
    return time.monotonic() - began


@pytest.mark.parametrize("how", [(), ("--grace-period=0", "--force")], ids=["restarted", "killed"])
def test_calls_outlive_their_database_and_are_charged_once(north, exchange, how):
    office, before, heard = north.office, len(north.office.records()), len(north.carrier.calls())
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(calls, office.phone, NUMBER, EACH, seconds) for seconds in LENGTHS]
        wait_for(lambda: len(office.running()) == MANY, "all talk", LENGTHS[0])
        away = end_and_wait_for_another(exchange, *how)
        outcomes = [outcome for one in running for outcome in one.result()]
    told = [(one.code, round(one.talk_seconds, 1)) for one in outcomes]
    assert told == [(OK, seconds) for seconds in LENGTHS for _ in range(EACH)]
    records = office.new_records(before, MANY, SECONDS)
    seen = north.carrier.wait_for(lambda seen: ended(seen[heard:]))[heard:]
    lasted = sorted(Decimal(str(one.talk_seconds)) for one in seen)
    less = [
        theirs - ours for ours, theirs in zip(sorted(one.billsec for one in records), lasted, strict=True)
    ]
    tell(
        f"database away for {away:.1f} s: {MANY} calls, 0 dropped, charged at most {max(less):.3f} s less "
        f"and {-min(less):.3f} s more than they lasted"
    )
    # As charging.md says: a BYE may wait behind a look-up until the pooler ends that.
    assert [one for one in less if not -EVIDENCE <= one <= GRACE_SECONDS] == []
    assert sorted(office.entries()[-MANY:]) == sorted((one.call_id, cost_of(one)) for one in records)
    assert office.running() == []
    assert "BROKEN" not in exchange.doctor()
    office.wait_until_ready()
    assert office.call(0.2).code == OK
