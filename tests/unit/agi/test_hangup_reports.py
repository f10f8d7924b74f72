"""What a hang-up report says of a call that nobody answered, and of one that nobody knows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from cellhub_agi.entries.hangup import HangupReport
from cellhub_agi.reconciling import REVIEWED
from structlog.testing import capture_logs

from tests.fixtures.pod import answer_line, end_line
from tests.fixtures.shop import TRUNK

OPENING = Decimal("50.000000")
FIRST_HOLD = Decimal("0.026000")
NOTHING_SPENT = (OPENING, Decimal(0))


@pytest.mark.parametrize(
    ("dial_status", "code", "disposition"),
    [
        ("BUSY", 486, "BUSY"),
        ("NOANSWER", 480, "NO ANSWER"),
        ("CANCEL", None, "NO ANSWER"),
        ("CONGESTION", 503, "CONGESTION"),
        ("CHANUNAVAIL", 503, "FAILED"),
        ("INVALIDARGS", None, "FAILED"),
        ("", None, "NO ANSWER"),
    ],
)
def test_a_call_that_nobody_answered_gets_its_word_and_its_hold_back(pod, dial_status, code, disposition):
    granted, _ = pod.call()
    pod.evidence.hung_up(HangupReport(granted.request.call_id, dial_status, "", code))
    pod.rest()
    assert pod.record(granted) == (disposition, code, "", Decimal("0.000"))
    assert (pod.money(), len(pod.calls)) == (NOTHING_SPENT, 0)


def test_the_last_attempt_tells_what_the_report_does_not(pod, clock):
    granted, _ = pod.call()
    pod.write(end_line(granted, clock.now(), code=503, trunk="first"))
    pod.write(end_line(granted, clock.now(), code=486, position=2, trunk="second"))
    pod.evidence.hung_up(HangupReport(granted.request.call_id, "BUSY"))
    pod.rest()
    assert pod.record(granted) == ("BUSY", 486, "second", Decimal("0.000"))
    assert pod.shop.rows("SELECT position, trunk, code FROM attempt ORDER BY position") == [
        (1, "first", 503),
        (2, "second", 486),
    ]


def test_a_report_of_an_unknown_call_is_passed_over(pod):
    pod.evidence.hung_up(HangupReport("f" * 32, "BUSY"))
    pod.rest()
    assert pod.shop.rows("SELECT 1 FROM cdr WHERE call_id = :id", id="f" * 32) == []


def answered_without_lines(pod, granted, talked=Decimal("30.250")):
    """Report the end of an answered call of which Asterisk could write nothing."""
    with capture_logs() as logs:
        pod.evidence.hung_up(HangupReport(granted.request.call_id, "ANSWER", "16", None, TRUNK, talked))
        pod.rest()
    return [log["event"] for log in logs]


def test_an_answered_call_without_lines_is_put_in_review_by_its_callers_seconds(pod, clock):
    granted, call = pod.call()
    clock.ahead = 40
    assert answered_without_lines(pod, granted) == ["evidence.lines_missing"]
    assert (pod.state(granted), pod.money()) == ("REVIEW", (OPENING, FIRST_HOLD))
    assert call.review["readings"]["hangup report"] == "30.250"
    assert Decimal(call.review["readings"]["time since the check"]) == pytest.approx(40, abs=1)
    assert (call.review["source"], call.review["trunk"]) == ("hangup report", TRUNK)


def test_what_it_is_charged_when_nobody_says_a_word_is_what_its_caller_saw(pod, clock):
    granted, _ = pod.call()
    clock.ahead = 40
    answered_without_lines(pod, granted)
    clock.ahead = 40 + REVIEWED + 1
    pod.reconciler.tick()
    pod.rest()
    assert pod.record(granted) == ("ANSWERED", 200, TRUNK, Decimal("30.250"))
    assert (pod.source(granted), pod.money()[1]) == ("hangup report", Decimal(0))


def test_without_the_callers_seconds_it_is_charged_as_long_as_it_can_have_talked(pod, clock):
    granted, call = pod.call()
    clock.ahead = 4000
    answered_without_lines(pod, granted, None)
    assert call.review["readings"] == {"time since the check": "62.000"}


def test_the_line_of_its_end_settles_it_after_all(pod, clock):
    granted, _ = pod.call()
    answered = clock.now()
    clock.ahead = 40
    answered_without_lines(pod, granted)
    pod.write(end_line(granted, answered + dt.timedelta(seconds=29), answered=answered))
    pod.look()
    assert (pod.record(granted)[3], pod.source(granted)) == (Decimal("29.000"), "evidence")


def test_the_doubt_outlives_the_agent_and_a_second_report_changes_nothing(pod, clock):
    granted, _ = pod.call()
    clock.ahead = 40
    answered_without_lines(pod, granted)
    pod.calls.end(granted.request.call_id)
    assert answered_without_lines(pod, granted, Decimal(1)) == []
    clock.ahead = 40 + REVIEWED + 1
    pod.reconciler.tick()
    pod.rest()
    assert pod.record(granted)[3] == Decimal("30.250")


def test_lines_that_wait_for_the_database_are_not_missing(pod, clock):
    unknown = pod.shop.call()  # known to the books alone
    granted, _ = pod.call()
    answered = clock.now()
    with pod.no_database():
        pod.write(answer_line(unknown, answered))
        pod.write(answer_line(granted, answered))
        assert answered_without_lines(pod, granted) == []
        assert len(pod.spool) == 0
    pod.look()
    assert pod.state(granted) == "ANSWERED"


def test_lines_that_waited_and_are_missing_put_it_in_review_in_the_next_round(pod, clock):
    unknown = pod.shop.call()  # known to the books alone
    granted, _ = pod.call()
    clock.ahead = 40
    with pod.no_database():
        pod.write(answer_line(unknown, clock.now()))
        assert answered_without_lines(pod, granted) == []
    clock.ahead = 50
    pod.reconciler.tick()
    pod.rest()
    assert pod.state(granted) == "REVIEW"


def test_a_call_whose_end_was_never_written_is_charged_until_its_caller_was_gone(pod, clock):
    granted, _ = pod.call()
    pod.look()
    pod.write(answer_line(granted, clock.now()))
    pod.look()
    clock.ahead = 30
    pod.evidence.hung_up(HangupReport(granted.request.call_id, "ANSWER", "16", None, TRUNK, Decimal(30)))
    clock.ahead = 44
    pod.reconciler.tick()
    pod.rest()
    assert pod.record(granted) == ("ANSWERED", 200, TRUNK, pytest.approx(Decimal(30), abs=Decimal("0.5")))
    assert pod.source(granted) == "last seen"


def test_a_callee_that_was_listed_after_its_caller_was_gone_is_charged_for_what_it_talked_on(pod, clock):
    granted, _ = pod.call()
    pod.look()
    pod.write(answer_line(granted, clock.now()))
    pod.look()
    clock.ahead = 10
    pod.evidence.hung_up(HangupReport(granted.request.call_id, "ANSWER", "16", None, TRUNK, Decimal(10)))
    pod.lists(granted)
    clock.ahead = 20
    pod.reconciler.tick()
    pod.lists()
    clock.ahead = 30
    pod.reconciler.tick()
    pod.rest()
    assert pod.record(granted)[3] == pytest.approx(Decimal(30), abs=Decimal("0.5"))


def test_a_call_that_was_never_dialled_is_released_once(pod):
    granted, _ = pod.call()
    assert pod.money() == (OPENING, FIRST_HOLD)
    pod.evidence.release(granted.request.call_id)
    pod.evidence.release(granted.request.call_id)
    pod.rest()
    pod.evidence.release(granted.request.call_id)
    pod.rest()
    assert (pod.record(granted)[0], pod.money()) == ("NO ANSWER", NOTHING_SPENT)
