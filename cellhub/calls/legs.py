"""The legs of a call as a time line: who waited, rang and talked when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from cellhub.calls.models import Attempt, Cdr
from cellhub.web.charts_calls import Lane, LegChart, Span, leg_chart
from cellhub.web.filters import duration

BAD_FROM = 400


def time_line(cdr: Cdr, attempts: Sequence[Attempt], zone: str) -> LegChart | None:
    """Draw the caller's lane and one for each attempt; None for a call that never rang."""
    if not attempts:
        return None
    start = min([cdr.started_at, *(attempt.started_at for attempt in attempts)])
    lanes = [
        Lane(cdr.sip_user, _caller(cdr, start)),
        *(Lane(one.trunk, _leg(one, start)) for one in attempts),
    ]
    local = start.astimezone(ZoneInfo(zone))
    return leg_chart(lanes, lambda second: f"{local + dt.timedelta(seconds=second):%H:%M:%S}")


def _caller(cdr: Cdr, start: dt.datetime) -> tuple[Span, ...]:
    end = _at(cdr.ended_at, start)
    if cdr.answered_at is None:
        return (Span(0, end, "ring"),)
    answered = _at(cdr.answered_at, start)
    return (Span(0, answered, "ring"), Span(answered, end, "talk", f"talk {duration(cdr.billsec)}"))


def _leg(attempt: Attempt, start: dt.datetime) -> tuple[Span, ...]:
    began, ended = _at(attempt.started_at, start), _at(attempt.ended_at, start)
    if attempt.answered_at is not None:
        answered = _at(attempt.answered_at, start)
        return (Span(began, answered, "wait"), Span(answered, ended, "talk", "200 OK"))
    word = str(attempt.code) if attempt.code else "no answer at all"
    failed = attempt.code is None or attempt.code >= BAD_FROM
    return (Span(began, ended, "fault" if failed else "wait", f"{word}, {ended - began:.1f} s"),)


def _at(moment: dt.datetime, start: dt.datetime) -> float:
    return (moment - start).total_seconds()
