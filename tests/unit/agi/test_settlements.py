"""The ends of calls reach the books once, whether the database is there, away, or the disk is full."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from cellhub_agi.settlements import as_values, ending_of
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from cellhub.charging.settling import AttemptSeen, Ending
from cellhub.charging.verdicts import Refused
from tests.fakes.link import Cut
from tests.fixtures.shop import BEGAN, CALLEE, CALLER, NUMBER, TRUNK, talked, untalked

OPENING = Decimal("50.000000")
FIRST_HOLD = Decimal("0.026000")
TALKED, COST = "61.400", Decimal("0.028400")
PAID = (OPENING - COST, Decimal(0))

moments = st.datetimes(timezones=st.just(dt.UTC))
codes = st.none() | st.integers(100, 699)
attempts = st.builds(
    AttemptSeen,
    st.integers(1, 99),
    st.text(),
    moments,
    moments,
    codes,
    st.none() | moments,
    st.none() | st.integers(0, 127),
    st.none() | moments,
)
endings = st.builds(
    Ending,
    st.text(),
    st.decimals(min_value=0, max_value=100_000, places=3),
    st.text(),
    st.text(),
    code=codes,
    trunk=st.text(),
    answered_at=st.none() | moments,
    ended_at=st.none() | moments,
    attempts=st.lists(attempts, max_size=3).map(tuple),
)


@given(endings)
def test_an_ending_comes_back_from_the_disk_as_it_was(ending):
    assert ending_of(json.loads(json.dumps(as_values(ending)))) == ending


@pytest.fixture
def answered(pod):
    """A call that was answered, in the books and in memory."""
    granted, call = pod.call()
    call.answer(BEGAN, 0.0, exact=True)
    call.trunk, call.caller_channel, call.callee_channel = TRUNK, CALLER, CALLEE
    pod.settlements.answered(call)
    return granted, call


def test_an_answer_gives_the_call_its_step_in_the_books(pod, answered):
    granted, call = answered
    assert (pod.state(granted), call.step, len(pod.spool)) == ("ANSWERED", 1, 0)


def test_a_settled_call_is_charged_and_forgotten_and_a_second_time_changes_nothing(pod, answered):
    granted, _ = answered
    for _ in range(2):
        pod.settlements.settle(talked(granted, TALKED))
    assert (pod.money(), len(pod.calls)) == (PAID, 0)
    assert pod.record(granted)[3] == Decimal(TALKED)


def test_while_the_database_is_away_everything_is_kept_and_written_later_in_its_order(pod):
    granted, call = pod.call()
    call.answer(BEGAN, 0.0, exact=True)
    call.trunk, call.caller_channel, call.callee_channel = TRUNK, CALLER, CALLEE
    with pod.no_database():
        pod.settlements.answered(call)
        pod.settlements.settle(talked(granted, TALKED))
        assert (len(pod.spool), pod.settlements.replay()) == (2, 0)
    assert pod.state(granted) == "AUTHORISED"
    assert pod.settlements.replay() == 2
    assert (pod.state(granted), pod.money(), len(pod.spool)) == ("SETTLED", PAID, 0)
    assert pod.shop.one("SELECT callee_channel FROM call") == CALLEE


def test_an_end_that_was_kept_and_found_otherwise_meanwhile_is_charged_once(pod, answered):
    granted, _ = answered
    with pod.no_database():
        pod.settlements.settle(talked(granted, TALKED))
    pod.settlements.settle(talked(granted, TALKED))
    assert pod.settlements.replay() == 1
    assert (pod.money(), len(pod.spool)) == (PAID, 0)


def test_an_end_whose_confirmation_was_lost_is_charged_once(pod, answered):
    granted, _ = answered
    pod.database.cut_at("INSERT INTO cdr", Cut.AFTER_COMMIT)
    pod.settlements.settle(talked(granted, TALKED))
    assert (pod.money(), len(pod.calls), len(pod.spool)) == (PAID, 0, 0)
    assert pod.database.cuts == 0


def test_a_call_that_memory_lost_is_settled_by_the_payers_of_the_books(pod, answered):
    granted, _ = answered
    pod.calls.end(granted.request.call_id)
    pod.settlements.settle(talked(granted, TALKED))
    assert pod.money() == PAID


def test_an_end_of_an_unknown_call_is_told_and_not_kept_for_ever(pod, answered):
    granted, _ = answered
    pod.settlements.settle(Ending("f" * 32, Decimal(9), "ANSWERED", "evidence", answered_at=BEGAN))
    assert (len(pod.spool), pod.state(granted)) == (0, "ANSWERED")


def test_with_the_database_away_and_the_disk_full_the_call_is_not_forgotten(pod, answered, monkeypatch):
    granted, call = answered

    def no_room(kind, values):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk, pod.no_database():
        disk.setattr(pod.spool, "add", no_room)
        with pytest.raises(OSError, match="No space left"):
            pod.settlements.settle(talked(granted, TALKED))
    assert pod.calls.get(granted.request.call_id) is call
    pod.settlements.settle(talked(granted, TALKED))
    assert pod.money() == PAID


def test_a_refusal_is_recorded_once_however_often_it_is_told(pod):
    refused = pod.shop.checker.check(pod.shop.request(dialled="33123456789"))
    assert isinstance(refused, Refused)
    pod.settlements.refused(refused.record)
    with pod.no_database():
        pod.settlements.refused(refused.record)
    assert pod.settlements.replay() == 1
    assert pod.shop.rows(
        "SELECT verdict, disposition, code FROM cdr WHERE call_id = :id", id=refused.request.call_id
    ) == [("no_rate", "CONGESTION", 503)]


def test_an_unanswered_call_gets_its_hold_back(pod):
    granted, _ = pod.call()
    pod.settlements.settle(untalked(granted))
    assert (pod.state(granted), pod.money()) == ("RELEASED", (OPENING, Decimal(0)))


def test_a_doubted_call_waits_in_the_books_with_what_it_is_settled_by_later(pod, answered):
    granted, call = answered
    ending = talked(granted, TALKED)
    pod.settlements.review(call, ending)
    assert pod.money() == (OPENING, FIRST_HOLD)
    state, kept = pod.shop.rows("SELECT state, story -> 'review' FROM call")[0]
    assert (state, ending_of(kept), ending_of(call.review)) == ("REVIEW", ending, ending)


def test_a_doubt_without_a_database_is_settled_by_the_reading_it_has(pod, answered):
    granted, call = answered
    with pod.no_database():
        pod.settlements.review(call, talked(granted, TALKED))
    assert len(pod.calls) == 0
    pod.settlements.replay()
    assert (pod.state(granted), pod.money()) == ("SETTLED", PAID)


def test_the_log_of_an_end_names_the_call_and_no_number(pod, answered):
    granted, _ = answered
    with capture_logs() as logs:
        pod.settlements.settle(talked(granted, TALKED))
    (log,) = [log for log in logs if log["event"] == "call.ended"]
    assert (log["call"], log["seconds"], log["source"]) == (granted.request.call_id, TALKED, "evidence")
    assert NUMBER not in str(logs)
