"""The dashboard's charts: each one's finding is a sentence computed from its data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from cellhub.dashboard import figures
from cellhub.dashboard.figures import TOP_DESTINATIONS, Day, Destination
from cellhub.db.tenancy import Account
from cellhub.security.identity import Identity
from cellhub.security.roles import Permission, Role
from cellhub.web.charts import Point, bar_chart, line_chart
from cellhub.web.charts_calls import HeatRow, heat_chart
from cellhub.web.filters import balance, count, percent, plural
from cellhub.web.filters import day as written_day

STEP = dt.timedelta(minutes=5)
TICK_HOURS = 4
DAYS = 30
WEEK = 7
HOURS = 24
NOTABLE_FALL = 10  # points below the day's answer rate from which an hour is worth a title
FEWEST_CALLS = 5  # an hour of fewer says nothing about a trunk
LOW_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """A chart with its title sentence and the rows of "Show as table"."""

    sentence: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    chart: Any


@dataclass(frozen=True, slots=True)
class Charts:
    """What the dashboard draws; None where there is nothing to draw yet."""

    at_once: Finding | None
    revenue: Finding | None
    destinations: DestinationList | None
    answer_rate: Finding | None
    low_credit: LowCredit | None


@dataclass(frozen=True, slots=True)
class LowAccount:
    """A customer who is about to be unable to call; ``lasts`` at the pace of the last 24 hours."""

    id: int
    name: str
    lasts: str
    balance: Decimal
    threshold: Decimal


@dataclass(frozen=True, slots=True)
class LowCredit:
    """The poorest customers below their threshold."""

    sentence: str
    shown: list[LowAccount]


@dataclass(frozen=True, slots=True)
class DestinationList:
    """The dearest destinations of today, and the rest in one line."""

    sentence: str
    shown: list[Destination]
    rest: Destination | None


def charts(session: Session, identity: Identity, day: Day, talking: int) -> Charts:
    """Everything the dashboard draws, for the reader; ``talking`` calls are up now."""
    return Charts(
        at_once(figures.calls_at_once(session, identity, day.now, STEP), (day.now, talking)),
        revenue(figures.revenue_by_day(session, identity, day, DAYS), identity),
        destinations(figures.top_destinations(session, identity, day), identity),
        answer_rate(
            day,
            [(one, figures.answered_by_hour(session, identity, one)) for one in (day, _whole(day.before(1)))],
        ),
        low_credit(figures.low_credit(session, identity, day.now))
        if identity.may(Permission.USERS)
        else None,
    )


def _whole(day: Day) -> Day:
    return Day(day.start, day.start + figures.DAY)


def at_once(samples: Sequence[tuple[dt.datetime, int]], now: tuple[dt.datetime, int]) -> Finding | None:
    """Concurrent calls of the last 24 hours and their peak; the line ends in what runs now."""
    samples = [*samples, now]
    peak_at, peak = max(samples, key=lambda sample: sample[1])
    if not peak:
        return None
    points = [Point(f"{at:%H:%M}", calls, tick=_hour_tick(at)) for at, calls in samples[:-1]]
    points.append(Point("now", now[1]))
    return Finding(
        f"{plural(now[1], 'call')} at once now; the peak of 24 hours was {count(peak)} at {peak_at:%H:%M}",
        ("Time", "Calls at once"),
        [(f"{at:%H:%M}", count(calls)) for at, calls in samples if at.minute == 0 or calls == peak],
        line_chart(points, _whole_number),
    )


def _hour_tick(at: dt.datetime) -> str:
    return f"{at:%H:%M}" if at.hour % TICK_HOURS == 0 and at.minute < STEP.seconds // 60 else ""


def _whole_number(value: Decimal) -> str:
    return count(int(value)) if value == int(value) else ""


def revenue(days: list[tuple[dt.date, Decimal]], identity: Identity) -> Finding | None:
    """Thirty days of money; the last seven full days against the seven before."""
    if not any(amount for _, amount in days):
        return None
    last, before = days[-WEEK - 1 : -1], days[-2 * WEEK - 1 : -WEEK - 1]
    points = [_bar(number, date, amount) for number, (date, amount) in enumerate(days)]
    return Finding(
        _revenue_sentence(_sum(last), _sum(before), days[-1][1], identity),
        ("Day", _money_word(identity)),
        [(written_day(date), balance(amount, identity.currency)) for date, amount in reversed(days)],
        bar_chart(points, lambda value: balance(value, identity.currency)),
    )


def _sum(days: Sequence[tuple[dt.date, Decimal]]) -> Decimal:
    return sum((amount for _, amount in days), Decimal(0))


def _bar(number: int, date: dt.date, amount: Decimal) -> Point:
    if number == DAYS - 1:
        return Point(written_day(date), amount, tick="Today", kind="unfinished")
    kind = "main" if number >= DAYS - 1 - WEEK else "comparison"
    return Point(written_day(date), amount, tick=f"{date:%-d %b}" if number % WEEK == 1 else "", kind=kind)


def _revenue_sentence(last: Decimal, before: Decimal, today: Decimal, identity: Identity) -> str:
    word = _money_word(identity)
    if not last:
        return f"{word} today is {balance(today, identity.currency)}, the first of these 30 days"
    if not before:
        return f"{word} of the last 7 full days is {balance(last, identity.currency)}"
    side = "above" if last >= before else "below"
    return f"{word} of the last 7 full days is {percent(abs(last - before), before)} {side} the 7 before"


def _money_word(identity: Identity) -> str:
    return "Spending" if identity.role is Role.CLIENT else "Revenue"


def destinations(found: list[Destination], identity: Identity) -> DestinationList | None:
    """Today's money by destination, the first eight and the rest."""
    if not found:
        return None
    total = sum((one.cost for one in found), Decimal(0))
    shown, rest = found[:TOP_DESTINATIONS], found[TOP_DESTINATIONS:]
    share = percent(shown[0].cost, total, 0) if total else ""
    deed = "of today's spending" if identity.role is Role.CLIENT else "of today's revenue"
    sentence = f"{shown[0].name} is {share} {deed}" if share else "Today's calls cost nothing"
    return DestinationList(sentence, shown, _together(rest))


def _together(rest: list[Destination]) -> Destination | None:
    if not rest:
        return None
    seconds = sum((one.seconds for one in rest), Decimal(0))
    return Destination(plural(len(rest), "other"), "", seconds, sum((one.cost for one in rest), Decimal(0)))


def answer_rate(day: Day, days: list[tuple[Day, dict[int, tuple[int, int]]]]) -> Finding | None:
    """Answered share by hour, today over yesterday; the title names an hour that fell out of the day."""
    today = days[0][1]
    if not today:
        return None
    worst = _fallen_hour(today)
    rows = [
        HeatRow(f"{one.start:%a}", [_share(hours.get(hour)) for hour in range(HOURS)]) for one, hours in days
    ]
    heads = [f"{hour:02}" if hour % 3 == 0 else "" for hour in range(HOURS)]
    return Finding(
        _answer_sentence(today, worst),
        ("Hour", *(f"{one.start:%a}" for one, _ in days)),
        [(f"{hour:02}:00", *(_written_share(hours.get(hour)) for _, hours in days)) for hour in range(HOURS)],
        heat_chart(rows, heads, outlier=None if worst is None else (0, worst)),
    )


def _fallen_hour(hours: dict[int, tuple[int, int]]) -> int | None:
    """The hour that lies furthest below the day, if that is far enough and it had calls enough."""
    calls, answers = _both(hours)
    busy = [hour for hour, (tried, _) in hours.items() if tried >= FEWEST_CALLS]
    worst = min(busy, key=lambda hour: hours[hour][1] / hours[hour][0], default=None)
    if worst is None or 100 * (answers / calls - hours[worst][1] / hours[worst][0]) < NOTABLE_FALL:
        return None
    return worst


def _both(hours: dict[int, tuple[int, int]]) -> tuple[int, int]:
    return sum(calls for calls, _ in hours.values()), sum(answers for _, answers in hours.values())


def _answer_sentence(hours: dict[int, tuple[int, int]], worst: int | None) -> str:
    calls, answers = _both(hours) if worst is None else hours[worst]
    share = percent(answers, calls, 0)
    if worst is None:
        return f"{share} of today's {plural(calls, 'call')} answered, no hour far below"
    return f"Answer rate fell to {share} at {worst:02}:00, of {plural(calls, 'call')}"


def low_credit(found: list[tuple[Account, Decimal]]) -> LowCredit | None:
    """Who is below the threshold of low credit, and how long the rest lasts."""
    if not found:
        return None
    shown = [
        LowAccount(one.id, one.name, _lasts(one.available, spent), one.balance, one.low_credit)
        for one, spent in found[:LOW_SHOWN]
    ]
    be = "is" if len(found) == 1 else "are"
    whose = "its" if len(found) == 1 else "their"
    return LowCredit(f"{plural(len(found), 'client')} {be} below {whose} credit threshold", shown)


def _lasts(available: Decimal, spent: Decimal) -> str:
    """How long money lasts at what the last 24 hours cost."""
    if available <= 0:
        return "spent"
    if not spent:
        return "no calls for a day"
    hours = available * HOURS / spent
    return f"lasts {plural(int(hours), 'hour')}" if hours < 2 * HOURS else f"lasts {int(hours / HOURS)} days"


def _share(hour: tuple[int, int] | None) -> int | None:
    return round(100 * hour[1] / hour[0]) if hour else None


def _written_share(hour: tuple[int, int] | None) -> str:
    return percent(hour[1], hour[0], 0) if hour else ""
