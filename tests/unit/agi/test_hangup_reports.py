"""What a hang-up report says of a call that nobody answered, and of one that nobody knows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from cellhub_agi.entries.hangup import HangupReport

from tests.fixtures.pod import end_line

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


def test_a_call_that_was_never_dialled_is_released_once(pod):
    granted, _ = pod.call()
    assert pod.money() == (OPENING, FIRST_HOLD)
    pod.evidence.release(granted.request.call_id)
    pod.evidence.release(granted.request.call_id)
    pod.rest()
    pod.evidence.release(granted.request.call_id)
    pod.rest()
    assert (pod.record(granted)[0], pod.money()) == ("NO ANSWER", NOTHING_SPENT)
