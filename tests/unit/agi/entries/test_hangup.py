"""The hang-up over AGI: the channel is let go first, the work is done afterwards."""

from __future__ import annotations

from decimal import Decimal
from threading import Event

import pytest
from cellhub_agi.entries.hangup import HangupEntry, HangupReport
from cellhub_agi.work import Work

from tests.fakes.agi import ask


@pytest.fixture
def report(serve, call_id):
    """Report a hang-up and return what reached the work."""
    reports, work = [], Work(1)
    server = serve({"hangup": HangupEntry(work, reports.append)})

    def tell(*arguments):
        assert ask(server.port, call_id, *arguments, entry="hangup").commands == []
        server.stop()
        work.finish()
        return reports

    return tell


def test_the_report_says_how_the_call_was_dialled_and_how_it_ended(report, call_id):
    assert report("BUSY", "17", "486", "north-2", "") == [HangupReport(call_id, "BUSY", "17", 486, "north-2")]


def test_the_report_of_an_answered_call_says_how_long_the_callers_channel_was_up(report, call_id):
    assert report("ANSWER", "16", "", "north-2", "2403") == [
        HangupReport(call_id, "ANSWER", "16", None, "north-2", Decimal("2.403"))
    ]


@pytest.mark.parametrize(
    ("trunk", "talked"), [("a b", "-1"), ("a\u00e9", "1.5"), ("x" * 41, "1" * 10), ("", "²")]
)
def test_what_is_no_trunk_and_no_time_is_left_out(report, call_id, trunk, talked):
    assert report("ANSWER", "16", "200", trunk, talked) == [HangupReport(call_id, "ANSWER", "16", 200)]


def test_a_report_without_an_attempt_says_only_that_it_is_over(report, call_id):
    assert report("", "", "") == [HangupReport(call_id, "", "", None)]


@pytest.mark.parametrize("code", ["", "x", "-1", "²", "20", "180", "700", "2000", "9" * 5000, "486 Busy"])
def test_what_is_no_final_sip_code_is_none(report, call_id, code):
    assert report("ANSWER", "16", code) == [HangupReport(call_id, "ANSWER", "16", None)]


def test_the_channel_is_free_while_the_work_is_still_to_do(serve, call_id):
    go_on, done, work = Event(), Event(), Work(1)
    work.submit(go_on.wait, 5)
    server = serve({"hangup": HangupEntry(work, lambda report: done.set())})
    ask(server.port, call_id, "ANSWER", "16", "200", entry="hangup")
    assert not done.is_set()
    go_on.set()
    assert done.wait(5)
    work.finish()
