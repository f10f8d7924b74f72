"""The calls in memory: what is known of one that was checked here, and of one that only the books knew."""

from __future__ import annotations

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from cellhub_agi.calls import CLOCK_STEP, Calls

from cellhub.charging.records import CallRecord
from cellhub.charging.verdicts import Granted, Request
from cellhub.domain.rating import Price
from cellhub.domain.settlement import CallState, Payer
from tests.fixtures.shop import CALLEE, CALLER, TRUNK

CALL_ID = "0123456789abcdef" * 2
PAYERS = (Payer(7, Price(Decimal(1)), Decimal("0.5")), Payer(9, Price(Decimal(2)), Decimal(1)))


def granted(call_id=CALL_ID):
    request = Request(call_id, "north-101", "905551234567", channel=CALLER)
    return Granted(request, "905551234567", (), PAYERS, 60, False, 122)


def record(clock, **changes):
    at = clock.now()
    known = {
        "call_id": CALL_ID,
        "state": CallState.AUTHORISED,
        "step": 0,
        "number": "905551234567",
        "trunk": TRUNK,
        "caller_channel": CALLER,
        "callee_channel": "",
        "paid_seconds": 60,
        "last_slice": False,
        "authorised_at": at,
        "answered_at": None,
        "ended_at": None,
        "deadline_at": at + dt.timedelta(seconds=122),
        "review": None,
        "payers": PAYERS,
    }
    return CallRecord(**known | changes)


@pytest.fixture
def calls():
    return Calls()


def test_a_checked_call_is_known_with_its_payers_its_slice_and_its_life(calls):
    calls.begin(granted())
    call = calls.get(CALL_ID)
    assert (call.accounts, call.paid_seconds, call.slice_seconds, call.life_seconds) == ([7, 9], 60, 60, 122)
    assert (call.state, call.caller_channel, call.step, call.slices) == (CallState.AUTHORISED, CALLER, 0, 1)


def test_the_same_call_begun_or_adopted_again_stays_as_it_is(calls, clock):
    calls.begin(granted())
    call = calls.get(CALL_ID)
    calls.begin(granted())
    assert calls.adopt(record(clock, paid_seconds=180)) is call
    assert (len(calls), call.paid_seconds) == (1, 60)


def test_two_threads_that_adopt_a_call_get_one_and_the_same(calls, clock):
    known = record(clock)
    with ThreadPoolExecutor(8) as pool:
        adopted = list(pool.map(lambda _: calls.adopt(known), range(64)))
    assert {id(call) for call in adopted} == {id(calls.get(CALL_ID))}


def test_an_adopted_call_has_talked_since_the_answer_in_the_books(calls, clock):
    answered = clock.now() - dt.timedelta(seconds=50)
    call = calls.adopt(
        record(
            clock,
            state=CallState.EXTENDED,
            step=2,
            callee_channel=CALLEE,
            paid_seconds=180,
            authorised_at=answered - dt.timedelta(seconds=10),
            answered_at=answered,
        )
    )
    assert (call.state, call.step, call.callee_channel) == (CallState.EXTENDED, 2, CALLEE)
    assert (call.answered_at, call.exact) == (answered, False)
    assert call.seconds_since_answer() == pytest.approx(Decimal(50), abs=Decimal("1.1"))


def test_an_adopted_call_is_as_old_as_the_books_say_and_lives_as_long(calls, clock):
    began = clock.now() - dt.timedelta(seconds=100)
    call = calls.adopt(record(clock, authorised_at=began, deadline_at=began + dt.timedelta(seconds=122)))
    fresh = Calls()
    fresh.begin(granted())
    assert fresh.get(CALL_ID).began_on - call.began_on == pytest.approx(100, abs=1.1)
    assert call.life_seconds == 122


def test_talking_is_counted_by_the_clock_that_nobody_sets(calls, clock):
    calls.begin(granted())
    call = calls.get(CALL_ID)
    call.answer(clock.now(), time.monotonic(), exact=True)
    clock.ahead, clock.set_by = 42, 3600
    assert call.seconds_since_answer() == pytest.approx(Decimal(42), abs=Decimal("0.5"))


@pytest.mark.parametrize(
    ("set_by", "was_set"),
    [(0, False), (CLOCK_STEP / 2, False), (-CLOCK_STEP / 2, False), (CLOCK_STEP * 2, True), (-3600, True)],
)
def test_a_clock_counts_as_set_only_beyond_the_drift_of_two_clocks(calls, clock, set_by, was_set):
    calls.begin(granted())
    call = calls.get(CALL_ID)
    call.answer(clock.now(), 0.0, exact=True)
    clock.ahead = 600
    assert not call.clock_was_set
    clock.set_by = set_by
    assert call.clock_was_set is was_set


def test_a_call_that_is_over_is_forgotten_and_a_look_at_all_is_of_that_moment(calls):
    calls.begin(granted())
    calls.begin(granted("f" * 32))
    seen = calls.all()
    calls.end(CALL_ID)
    calls.end(CALL_ID)
    assert ([call.call_id for call in seen], len(calls)) == ([CALL_ID, "f" * 32], 1)
    assert calls.get(CALL_ID) is None
