"""A tenant's softswitch in a pod carries calls, and they are charged to the second."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.calls.conftest import answered
from tests.cluster.figures import tell
from tests.cluster.voice import CREDIT, OK, cost_of, starts, trunk
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.timeout(600)

MINUTE, CONFIG_SECONDS = 60.0, 5.0
EVIDENCE = Decimal("0.020")
TALK_SECONDS = 12.0
TOLD_WITHIN = timedelta(seconds=4)


def test_a_tenant_takes_a_register_and_a_call_within_a_minute(north):
    assert north.registered < north.called < MINUTE


def test_a_tenant_is_said_to_be_ready_when_its_pod_is(north, exchange):
    assert timedelta(0) <= north.told <= TOLD_WITHIN
    pods = ("get", "tenant/north", "--output=jsonpath={.status.readyPods}")
    wait_for(lambda: exchange.kubectl(*pods) == "1", "it says how many", TOLD_WITHIN.total_seconds())


def test_a_call_is_charged_to_the_second_and_the_books_prove_themselves(north, exchange):
    office, before = north.office, len(north.office.records())
    heard = len(north.carrier.calls())
    outcome = office.call(2.5)
    assert (outcome.code, round(outcome.talk_seconds, 1)) == (OK, 2.5)
    (record,) = office.new_records(before)
    seen = north.carrier.wait_for(lambda calls: len(calls) > heard and calls[-1].talk_seconds)[-1]
    assert abs(record.billsec - Decimal(str(seen.talk_seconds))) <= EVIDENCE
    costs = [(one.call_id, cost_of(one)) for one in office.records() if one.answered_at]
    assert sorted(office.entries()) == sorted(costs)
    assert office.charges()[-1] == Decimal("0.003")
    with office.books() as session:
        account = office.account(session)
        assert (account.balance, account.held) == (CREDIT - sum(office.charges()), 0)
    proof = exchange.doctor().splitlines()
    assert [line.split()[1] for line in proof] == ["OK"] * len(proof)


def test_a_trunk_is_used_by_the_next_call_within_seconds_and_nothing_is_dropped(north, exchange):
    office, pods = north.office, starts(north.office.pods())
    before, heard = len(office.records()), len(north.carrier.calls())
    with exchange.far_end() as another, ThreadPoolExecutor() as pool:
        running = pool.submit(office.call, TALK_SECONDS)
        north.carrier.wait_for(lambda calls: answered(calls[heard:]))
        began = time.monotonic()
        exchange.apply(trunk("north-first", "north", exchange.machine, another.port, priority=1))
        wait_for(lambda: office.call(0.1).code == OK and another.calls(), "a call takes the new trunk")
        used = time.monotonic() - began
        outcome = running.result()
        exchange.kubectl("delete", "trunk/north-first", "--timeout=50s")
    tell(f"Trunk applied: its first call of 0.1 s was over after {used:.1f} s")
    assert used < CONFIG_SECONDS
    assert (outcome.code, round(outcome.talk_seconds, 1)) == (OK, TALK_SECONDS)
    records = wait_for(lambda: len(office.running()) == 0 and office.records(before), "all are settled")
    assert {(one.disposition, one.code) for one in records} == {("ANSWERED", OK)}
    assert starts(office.pods()) == pods
