"""Money sets the length of calls, and their number."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from cellhub.domain.settlement import GRACE_SECONDS
from cellhub.switch.sipp import call, calls
from tests.calls.conftest import DEAR_NUMBER, NUMBER, charged_seconds, ended, price
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.calls

A_SECOND, DEAR = Decimal("0.1"), "6.000000"


@pytest.fixture
def first_slice(switch):
    """The seconds of a first slice, shorter than a minute for as long as the test runs."""
    switch.change_tenant(first_slice=4)
    yield 4
    switch.change_tenant(first_slice=60)


def test_a_call_longer_than_its_first_slice_goes_on_and_is_charged_once(subscriber, far_ends, first_slice):
    talk = float(first_slice + GRACE_SECONDS + 2)
    with far_ends("200") as (far,):
        outcome = call(subscriber.phone, NUMBER, talk_seconds=talk)
        far.wait_for(ended)
        record = subscriber.record()
    assert round(outcome.talk_seconds, 1) == talk
    assert subscriber.charges == [-price(charged_seconds(record))]
    assert subscriber.money == (Decimal(10) - price(charged_seconds(record)), Decimal(0))


def test_a_call_ends_where_its_money_ends(subscribe, far_ends):
    subscriber = subscribe(credit="0.35")
    with far_ends("200") as (far,):
        outcome = call(subscriber.phone, DEAR_NUMBER, talk_seconds=20)
        far.wait_for(ended)
        subscriber.record()
    assert 3 <= outcome.talk_seconds < 3 + GRACE_SECONDS + 0.5
    balance, held = subscriber.money
    assert held == 0
    assert balance >= -GRACE_SECONDS * A_SECOND


def test_parallel_calls_get_as_many_slices_as_the_money_holds(subscribe, far_ends, first_slice):
    a_slice = first_slice * A_SECOND
    subscriber = subscribe(credit=str(3 * a_slice))
    with far_ends("200") as (far,):
        outcomes = calls(subscriber.phone, DEAR_NUMBER, 20, talk_seconds=1.0)
        records = subscriber.records(20)
        assert len(far.calls()) == 3
    assert Counter(outcome.code for outcome in outcomes) == {200: 3, 402: 17}
    assert Counter(record.verdict for record in records) == {"ok": 3, "no_credit": 17}
    balance, held = subscriber.money
    assert held == 0
    assert balance == 3 * a_slice + sum(subscriber.charges) >= 0


def test_two_hundred_parallel_calls_on_a_dollar_never_pass_the_bound(
    switch, subscribe, far_ends, first_slice
):
    subscriber = subscribe(credit="1")
    samples = []
    with far_ends("200") as (far,), ThreadPoolExecutor() as pool:
        placed = pool.submit(calls, subscriber.phone, DEAR_NUMBER, 200, 20.0)
        wait_for(lambda: samples.append(subscriber.money) or placed.done(), "the calls are over", 60.0)
        switch.wait_until_idle(30.0)
        talked = far.wait_for(ended)
    carried = [outcome for outcome in placed.result() if outcome.code == 200]
    # Two slices of 4 s at 10 cents a second, and one of the 2 s that are left.
    assert len(carried) == len(talked) == 3
    records = subscriber.records(200)
    assert Counter(record.verdict for record in records) == {"ok": 3, "no_credit": 197}
    balance, held = subscriber.money
    bound = -len(carried) * GRACE_SECONDS * A_SECOND
    assert held == 0
    assert balance == 1 + sum(subscriber.charges)
    assert min(one for one, _ in [*samples, (balance, held)]) >= bound
    assert max(kept for _, kept in samples) <= 1
    charged = [-price(charged_seconds(record), DEAR, "0") for record in records if record.verdict == "ok"]
    assert sorted(subscriber.charges) == sorted(charged)
