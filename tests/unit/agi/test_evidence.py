"""From what Asterisk wrote of a call to what it is charged, whatever is torn, late, lost or unknown."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from threading import Event

import pytest
from cellhub_agi.calls import Calls
from cellhub_agi.entries.hangup import HangupReport
from cellhub_agi.evidence import Evidence
from cellhub_agi.legs import LegFiles
from structlog.testing import capture_logs

from cellhub.charging.verdicts import Request
from tests.fixtures.pod import answer_line, end_line
from tests.fixtures.shop import CALLEE, CALLER, TRUNK

OPENING = Decimal("50.000000")
FIRST_HOLD = Decimal("0.026000")
TALKED, COST = 61.4, Decimal("0.028400")
"""66 billed seconds at 0.024 a minute, and 0.002 for the connection."""

NOTHING_SPENT = (OPENING, Decimal(0))


def seconds(number):
    return dt.timedelta(seconds=number)


@pytest.fixture
def talk(pod, clock):
    """Let a call be answered as Asterisk writes it, seen as it happens, and talk for so long."""

    def answered(granted, length=TALKED, **leg):
        at = clock.now()
        pod.look()
        pod.write(answer_line(granted, at, **leg))
        pod.look()
        clock.ahead += length
        pod.look()
        return at

    return answered


def test_a_call_is_charged_from_its_answer_to_its_end(pod, talk):
    granted, call = pod.call()
    answered = talk(granted)
    assert (pod.state(granted), call.step, call.callee_channel) == ("ANSWERED", 1, CALLEE)
    pod.write(end_line(granted, answered + seconds(TALKED), answered=answered))
    pod.look()
    assert pod.record(granted) == ("ANSWERED", 200, TRUNK, Decimal("61.400"))
    assert (pod.source(granted), pod.money()) == ("evidence", (OPENING - COST, Decimal(0)))
    assert len(pod.calls) == 0


def test_a_line_that_is_half_there_ends_nothing_until_the_rest_comes(pod, talk):
    granted, _ = pod.call()
    answered = talk(granted)
    line = end_line(granted, answered + seconds(TALKED), answered=answered)
    pod.write(line[:-12])
    pod.look()
    assert pod.state(granted) == "ANSWERED"
    pod.write(line[-12:])
    pod.look()
    assert pod.record(granted)[3] == Decimal("61.400")


def test_every_leg_is_told_and_the_one_that_was_answered_is_charged(pod, talk, clock):
    granted, _ = pod.call()
    began = clock.now()
    pod.write(end_line(granted, began, code=503, trunk="first"))
    answered = talk(granted, 30, position=2, trunk="second")
    pod.write(end_line(granted, answered + seconds(30), answered=answered, position=2, trunk="second"))
    pod.look()
    assert pod.record(granted) == ("ANSWERED", 200, "second", Decimal("30.000"))
    assert pod.shop.rows(
        "SELECT position, trunk, code, answered_at, ended_at FROM attempt ORDER BY position"
    ) == [
        (1, "first", 503, None, began),
        (2, "second", 200, answered, answered + seconds(30)),
    ]


def test_both_lines_read_at_once_by_a_late_agent_are_charged_the_same(pod, clock):
    granted, _ = pod.call()
    answered = clock.now() - seconds(40)
    pod.write(answer_line(granted, answered))
    pod.write(end_line(granted, answered + seconds(30), answered=answered))
    pod.look()
    assert (pod.record(granted)[3], pod.state(granted)) == (Decimal("30.000"), "SETTLED")


def test_an_end_whose_answer_was_never_written_is_charged_all_the_same(pod, clock):
    granted, _ = pod.call()
    answered = clock.now() - seconds(30)
    pod.write(end_line(granted, answered + seconds(30), answered=answered))
    pod.look()
    assert pod.record(granted) == ("ANSWERED", 200, TRUNK, Decimal("30.000"))


def test_no_line_charges_beyond_the_deadline_that_was_paid_for(pod, clock):
    granted, _ = pod.call()
    answered = clock.now() - seconds(4000)
    pod.write(end_line(granted, answered + seconds(3999), answered=answered))
    pod.look()
    assert pod.record(granted)[3] == Decimal("62.000")


def test_a_call_that_ends_before_it_was_answered_costs_nothing(pod, clock):
    granted, _ = pod.call()
    answered = clock.now()
    pod.write(end_line(granted, answered - seconds(10), answered=answered))
    pod.look()
    assert (pod.record(granted)[3], pod.money()) == (Decimal("0.000"), NOTHING_SPENT)


def test_an_agent_that_starts_anew_finds_in_the_books_whose_the_lines_are(pod, talk, tmp_path):
    granted, _ = pod.call()
    answered = talk(granted)
    pod.write(end_line(granted, answered + seconds(TALKED), answered=answered))
    calls = Calls()
    # It has lost its places too, and so reads the answer again.
    files = LegFiles(pod.folder, tmp_path / "lost.json")
    pod.settlements._calls = calls
    Evidence(pod.books, calls, files, pod.settlements, work=pod.work, hang_up=pod.hung_up.append).catch_up()
    pod.rest()
    assert pod.record(granted)[3] == Decimal("61.400")
    assert (pod.money(), len(calls), pod.hung_up) == ((OPENING - COST, Decimal(0)), 0, [])


def test_everything_read_again_changes_nothing_that_is_settled(pod, talk, tmp_path):
    granted, _ = pod.call()
    answered = talk(granted)
    pod.write(end_line(granted, answered + seconds(TALKED), answered=answered))
    pod.look()
    files = LegFiles(pod.folder, tmp_path / "lost.json")
    again = Evidence(pod.books, Calls(), files, pod.settlements, work=pod.work, hang_up=pod.hung_up.append)
    again.catch_up()
    pod.rest()
    assert pod.money() == (OPENING - COST, Decimal(0))
    assert pod.shop.one("SELECT count(*) FROM cdr WHERE call_id = :id", id=granted.request.call_id) == 1


def test_an_answered_call_that_nobody_pays_for_is_hung_up(pod, clock):
    unknown = replace(pod.shop.call(), request=Request("f" * 32, "north-101", "905"))
    pod.write(answer_line(unknown, clock.now()))
    with capture_logs() as logs:
        pod.look()
    assert pod.hung_up == [CALLEE]
    assert [(log["event"], log["call"]) for log in logs] == [("evidence.unpaid_call", "f" * 32)]


def test_the_end_of_an_unknown_call_is_passed_over_and_the_next_line_dealt_with(pod, talk):
    granted, _ = pod.call()
    unknown = replace(granted, request=Request("f" * 32, "north-101", "905"))
    answered = talk(granted)
    pod.write(end_line(unknown, answered + seconds(9), answered=answered))
    pod.write(end_line(granted, answered + seconds(TALKED), answered=answered))
    pod.look()
    assert (pod.state(granted), pod.hung_up) == ("SETTLED", [])


def test_a_line_whose_call_cannot_be_looked_up_waits_for_the_database(pod, clock):
    granted = pod.shop.call()  # known to the books alone
    answered = clock.now() - seconds(30)
    pod.write(answer_line(granted, answered))
    pod.write(end_line(granted, answered + seconds(30), answered=answered))
    with pod.no_database():
        pod.look()
        pod.look()
        assert pod.state(granted) == "AUTHORISED"
    pod.look()
    assert pod.record(granted)[3] == Decimal("30.000")


def test_what_waits_for_the_database_is_read_again_by_an_agent_that_starts_meanwhile(pod, clock, tmp_path):
    granted = pod.shop.call()
    pod.write(answer_line(granted, clock.now()))
    with pod.no_database():
        pod.look()
    assert len(LegFiles(pod.folder, tmp_path / "legs.json").read()) == 1


def test_what_is_not_yet_settled_is_read_again_by_an_agent_that_starts_meanwhile(pod, clock, tmp_path):
    granted = pod.shop.call()
    answered = clock.now() - seconds(30)
    pod.write(answer_line(granted, answered))
    pod.write(end_line(granted, clock.now(), answered=answered))
    held_up = Event()
    pod.work.submit(held_up.wait, 10)  # the only thread
    pod.evidence.catch_up()
    pod.evidence.catch_up()
    assert len(LegFiles(pod.folder, tmp_path / "legs.json").read()) == 2
    held_up.set()
    pod.rest()
    pod.look()
    assert LegFiles(pod.folder, tmp_path / "legs.json").read() == []
    assert pod.state(granted) == "SETTLED"


def test_a_clock_set_back_during_a_call_does_not_shorten_it(pod, talk, clock):
    granted, _ = pod.call()
    answered = talk(granted)
    clock.set_by = -3600
    pod.write(end_line(granted, answered + seconds(TALKED - 3600), answered=answered))
    pod.look()
    assert pod.source(granted) == "monotonic"
    assert pod.record(granted)[3] == pytest.approx(Decimal("61.4"), abs=Decimal("0.5"))


def test_a_clock_set_forward_during_a_call_does_not_lengthen_it(pod, talk, clock):
    granted, _ = pod.call()
    answered = talk(granted, 10)
    clock.set_by = 3600
    pod.write(end_line(granted, answered + seconds(3610), answered=answered))
    pod.look()
    assert pod.source(granted) == "monotonic"
    assert pod.record(granted)[3] == pytest.approx(Decimal(10), abs=Decimal("0.5"))


@pytest.mark.parametrize("year", [1970, 2106])
def test_a_softswitch_whose_clock_is_years_off_still_has_its_calls_charged(pod, year):
    granted, _ = pod.call()
    answered = dt.datetime(year, 1, 2, tzinfo=dt.UTC)
    pod.write(end_line(granted, answered + seconds(30), answered=answered))
    with capture_logs() as logs:
        pod.look()
    assert pod.record(granted) == ("ANSWERED", 200, TRUNK, Decimal("30.000"))
    assert (pod.state(granted), pod.money()[1], len(pod.calls)) == ("SETTLED", Decimal(0), 0)
    # What cannot be true is left out, and told.
    assert pod.shop.rows("SELECT 1 FROM attempt") == []
    assert pod.shop.one("SELECT ended_at > now() - interval '1 h' AND ended_at <= now() FROM call")
    assert "settlements.times_left_out" in [log["event"] for log in logs]


def test_sources_that_differ_hold_the_call_for_review_and_its_money_stays_held(pod, talk):
    granted, call = pod.call()
    answered = talk(granted, 30)
    pod.write(end_line(granted, answered + seconds(TALKED), answered=answered))
    with capture_logs() as logs:
        pod.look()
    assert "evidence.sources_differ" in [log["event"] for log in logs]
    assert (pod.state(granted), pod.money()) == ("REVIEW", (OPENING, FIRST_HOLD))
    assert call.review["source"] == "monotonic"
    assert Decimal(call.review["seconds"]) == pytest.approx(Decimal(30), abs=Decimal("0.5"))
    assert list(call.review["readings"]) == ["evidence", "monotonic"]
    assert call.review["readings"]["evidence"] == f"{TALKED:.3f}"


@pytest.mark.parametrize(("before_answer", "before_end"), [(3, 0), (0, 3)])
def test_lines_that_a_softswitch_wrote_late_since_it_stood_still_leave_no_doubt(
    pod, clock, before_answer, before_end
):
    granted, call = pod.call()
    pod.look()
    answered = clock.now()
    clock.ahead += before_answer
    pod.look()
    pod.write(answer_line(granted, answered))
    pod.look()
    assert call.seconds_since_answer() == pytest.approx(Decimal(before_answer), abs=Decimal(1))
    clock.ahead += 30 - before_answer + before_end
    pod.look()
    pod.write(end_line(granted, answered + seconds(30), answered=answered))
    pod.look()
    assert (pod.state(granted), pod.source(granted)) == ("SETTLED", "evidence")
    assert pod.record(granted)[3] == Decimal("30.000")


def test_a_callers_end_does_not_end_an_answered_call(pod, talk):
    granted, _ = pod.call()
    talk(granted, 10)
    pod.evidence.hung_up(HangupReport(granted.request.call_id, "ANSWER", "16", 200))
    pod.rest()
    assert (pod.state(granted), pod.calls.get(granted.request.call_id) is None) == ("ANSWERED", False)


def test_the_answer_is_noted_with_the_channels_whose_deadlines_will_move(pod, talk):
    granted, _ = pod.call()
    answered = talk(granted, 1)
    assert pod.shop.rows("SELECT answered_at, trunk, caller_channel, callee_channel FROM call") == [
        (answered, TRUNK, CALLER, CALLEE)
    ]
