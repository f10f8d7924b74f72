"""The dashboard's figures, in the reader's scope and time zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CompoundSelect, Select, and_, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from cellhub.calls.costs import viewers_cost
from cellhub.calls.models import Call, Cdr, Disposition
from cellhub.calls.services import Totals, shown, totals
from cellhub.db.tenancy import Account, AccountStatus
from cellhub.domain.settlement import FINAL, CallState
from cellhub.money.models import EntryKind, LedgerEntry
from cellhub.security.identity import Identity
from cellhub.tree.narrowing import narrow

LAST_CALLS = 10
LIVE_SHOWN = 20
TOP_DESTINATIONS = 8
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """Today so far in the reader's zone, and the same part of yesterday."""

    start: dt.datetime
    now: dt.datetime

    @classmethod
    def at(cls, now: dt.datetime, zone: str) -> Day:
        """The day that ``now`` falls into."""
        local = now.astimezone(ZoneInfo(zone))
        return cls(dt.datetime.combine(local.date(), dt.time.min, local.tzinfo), local)

    def before(self, days: int) -> Day:
        """The same hours some days ago, by the clock on the wall."""
        return Day(_wall(self.start, days), _wall(self.now, days))


def _wall(moment: dt.datetime, days: int) -> dt.datetime:
    """Go back by calendar days, so that a change to summer time moves nothing."""
    return moment - dt.timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Destination:
    """What one destination brought."""

    name: str
    prefix: str
    seconds: Decimal
    cost: Decimal


def records(identity: Identity) -> Select[Cdr]:
    """The call records that are the reader's; sums count deleted ones too, since their money was paid."""
    return narrow(select(Cdr), Cdr, identity.scope)


def within(query: Select[Cdr], start: dt.datetime, end: dt.datetime) -> Select[Cdr]:
    """Those that started in ``[start, end)``."""
    return query.where(and_(Cdr.started_at >= start, Cdr.started_at < end))


def day_totals(session: Session, identity: Identity, day: Day) -> Totals:
    """Calls, seconds and cost of a day so far."""
    return totals(session, within(records(identity), day.start, day.now), viewers_cost(identity))


def live_calls(session: Session, identity: Identity) -> Sequence[Call]:
    """Calls that are running now, the latest first."""
    query = narrow(select(Call), Call, identity.scope).where(Call.state.not_in(FINAL))
    return session.scalars(query.order_by(Call.authorised_at.desc())).all()


def ringing(calls: Sequence[Call]) -> int:
    """How many of ``calls`` nobody has answered yet."""
    return sum(call.state is CallState.AUTHORISED for call in calls)


def last_calls(session: Session, identity: Identity) -> Sequence[Cdr]:
    """The records that came last and that nobody has deleted."""
    newest = (
        records(identity).where(shown(identity.scope)).order_by(Cdr.started_at.desc(), Cdr.call_id.desc())
    )
    return session.scalars(newest.limit(LAST_CALLS)).all()


def top_destinations(session: Session, identity: Identity, day: Day) -> list[Destination]:
    """What the day's answered calls brought, by destination, the dearest first."""
    answered = within(records(identity), day.start, day.now).where(Cdr.disposition == Disposition.ANSWERED)
    cost = func.sum(viewers_cost(identity))
    grouped = (
        answered.with_only_columns(Cdr.destination, Cdr.prefix, func.sum(Cdr.billsec), cost)
        .group_by(Cdr.destination, Cdr.prefix)
        .order_by(cost.desc(), Cdr.prefix)
    )
    return [Destination(*row) for row in session.execute(grouped)]


def revenue_by_day(
    session: Session, identity: Identity, day: Day, days: int
) -> list[tuple[dt.date, Decimal]]:
    """Cost of each of the last ``days`` days, today last; a day without calls is 0."""
    first = day.before(days - 1).start
    local_day = func.date(func.timezone(identity.time_zone, Cdr.started_at))
    grouped = (
        within(records(identity), first, day.now)
        .with_only_columns(local_day, func.sum(viewers_cost(identity)))
        .group_by(local_day)
    )
    found = {date: amount for date, amount in session.execute(grouped)}
    dates = [(first + DAY * number).date() for number in range(days)]
    return [(date, found.get(date, Decimal(0))) for date in dates]


def low_credit(session: Session, identity: Identity, now: dt.datetime) -> list[tuple[Account, Decimal]]:
    """Active customers below their threshold, the poorest first, and what calls cost each in 24 hours."""
    spent = (
        select(func.coalesce(-func.sum(LedgerEntry.amount), 0))
        .where(
            LedgerEntry.tenant_id == Account.tenant_id,
            LedgerEntry.account_id == Account.id,
            LedgerEntry.kind == EntryKind.CALL,
            LedgerEntry.created_at >= now - DAY,
        )
        .scalar_subquery()
    )
    query = narrow(select(Account, spent), Account, identity.scope).where(
        Account.status == AccountStatus.ACTIVE,
        Account.low_credit > 0,
        Account.balance < Account.low_credit,
        Account.id != (identity.account_id or 0),
    )
    rows = session.execute(query.order_by(Account.balance, Account.id))
    return [(account, amount) for account, amount in rows]


def answered_by_hour(session: Session, identity: Identity, day: Day) -> dict[int, tuple[int, int]]:
    """For each hour of a day that had calls: how many, and how many were answered."""
    hour = func.date_part("hour", func.timezone(identity.time_zone, Cdr.started_at))
    answered = func.count().filter(Cdr.disposition == Disposition.ANSWERED)
    grouped = (
        within(records(identity), day.start, day.now)
        .with_only_columns(hour, func.count(), answered)
        .group_by(hour)
    )
    return {int(at): (calls, answers) for at, calls, answers in session.execute(grouped)}


def calls_at_once(
    session: Session, identity: Identity, now: dt.datetime, step: dt.timedelta
) -> list[tuple[dt.datetime, int]]:
    """The most calls that ran at once in each step of the last 24 hours, steps on the full clock.

    Counted from every answer and end, since a call shorter than a step would slip between
    samples.
    """
    start = _on_the_clock(now, step) - DAY + step
    moves = _moves(identity, start).subquery()
    running = func.sum(moves.c.change).over(order_by=(moves.c.at, moves.c.change))
    counted = select(moves.c.at, running.label("calls")).subquery()
    slot = func.date_bin(step, counted.c.at, start)
    last = func.array_agg(aggregate_order_by(counted.c.calls, counted.c.at.desc()))[1]
    peaks = select(slot, func.max(counted.c.calls), last).where(counted.c.at >= start).group_by(slot)
    found = {at: (peak, left) for at, peak, left in session.execute(peaks)}
    before = session.scalar(select(func.sum(moves.c.change)).where(moves.c.at < start)) or 0
    return list(_filled(found, start, step, before))


def _on_the_clock(now: dt.datetime, step: dt.timedelta) -> dt.datetime:
    """The start of the step that ``now`` lies in: 20:10 of 20:11:36 by steps of five minutes."""
    return now - (now - now.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)) % step


def _moves(identity: Identity, start: dt.datetime) -> CompoundSelect[Any]:
    """One row up at each answer and one down at each end, of calls that ran after ``start``."""
    ended = records(identity).where(Cdr.answered_at.is_not(None), Cdr.ended_at > start)
    live = narrow(select(Call), Call, identity.scope).where(
        Call.state.not_in(FINAL), Call.answered_at.is_not(None)
    )
    up, down = literal(1).label("change"), literal(-1).label("change")
    return union_all(
        ended.with_only_columns(Cdr.answered_at.label("at"), up),
        ended.with_only_columns(Cdr.ended_at.label("at"), down),
        live.with_only_columns(Call.answered_at.label("at"), up),
    )


def _filled(
    found: dict[dt.datetime, tuple[int, int]], start: dt.datetime, step: dt.timedelta, running: int
) -> Iterator[tuple[dt.datetime, int]]:
    """Every slot of the day: one without a move has what the one before it ended with."""
    for number in range(DAY // step):
        at = start + number * step
        peak, left = found.get(at, (running, running))
        yield at, max(peak, running)
        running = left
