"""The figures, tabs, chart and time line of a user's pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cellhub.accounts import history
from cellhub.accounts.facts import Facts, midnight, spent_by_day, spent_since
from cellhub.accounts.models import AuditEntry
from cellhub.db.tenancy import Account, AccountStatus
from cellhub.security.identity import Identity
from cellhub.web.charts import Point, bar_chart
from cellhub.web.filters import balance, count, day, day_time, plural, rate, utc

ENTRIES_SHOWN = 10
DAYS = 30
TICK_DAYS = 5
Figure = dict[str, str]


@dataclass(frozen=True, slots=True)
class StatusDeed:
    """How an account comes to a status, and what follows from it."""

    status: AccountStatus
    title: str
    icon: str
    kind: str
    consequence: str


STATUS_DEEDS = (
    StatusDeed(
        AccountStatus.ACTIVE,
        "Activate",
        "circle-check",
        "filled",
        "Its phones may call and its log-in works again.",
    ),
    StatusDeed(
        AccountStatus.SUSPENDED,
        "Suspend",
        "player-pause",
        "danger",
        "Its phones cannot call. It may still sign in and look.",
    ),
    StatusDeed(
        AccountStatus.BLOCKED,
        "Block",
        "ban",
        "danger",
        "Its phones cannot call and nobody may sign in for it.",
    ),
)


def figures(
    session: Session, identity: Identity, account: Account, facts: Facts, now: dt.datetime
) -> list[Figure]:
    """The strip: what there is, what calls hold of it, and what may be spent."""
    money = partial(balance, currency=identity.currency)
    today = now.astimezone(ZoneInfo(identity.time_zone)).date()
    spent = spent_since(session, account, midnight(today, identity.time_zone))
    low = account.is_low
    return [
        _figure(
            "Balance", money(account.balance), f"below {money(account.low_credit)}" if low else "", low=low
        ),
        _figure(
            "Held",
            money(account.held),
            f"by {plural(facts.calls, 'call')}" if account.held else "nothing held",
        ),
        _figure("Credit limit", money(account.credit_limit), str(account.payment_mode)),
        _figure(
            "Available",
            money(account.available),
            "" if account.available > 0 else "no call starts",
            low=account.available <= 0,
        ),
        _figure("Spent today", money(spent), ""),
        _figure(
            "Calls now",
            count(facts.calls),
            f"of {count(account.max_calls)}" if account.max_calls else "no limit",
        ),
    ]


def _figure(label: str, figure: str, context: str, *, low: bool = False) -> Figure:
    return {"label": label, "figure": figure, "context": context, "tone": "warn" if low else ""}


def tabs(account: Account, facts: Facts, current: str) -> list[dict[str, Any]]:
    """The pages of a user; its calls are in the CDR list, by its filter."""
    here = f"/users/{account.id}"
    pages = (
        ("overview", "Overview", here, ""),
        ("ledger", "Ledger", f"{here}/ledger", ""),
        ("sip-users", "SIP Users", f"{here}/sip-users", count(facts.sip_users)),
        ("calls", "Calls", f"/cdr?account={account.id}", ""),
        ("history", "History", f"{here}/history", ""),
        ("edit", "Settings", f"{here}/edit", ""),
    )
    return [
        {"title": title, "href": href, "count": number, "current": key == current}
        for key, title, href, number in pages
    ]


def time_line(session: Session, identity: Identity, account: Account) -> list[dict[str, str]]:
    """The last entries of the history."""
    newest = history.entries_of(account.id).order_by(AuditEntry.id.desc()).limit(ENTRIES_SHOWN)
    return [_entry(one, identity) for one in session.scalars(newest)]


def _entry(entry: AuditEntry, identity: Identity) -> dict[str, str]:
    changes = "; ".join(_in_short(one) for one in history.changes_in(entry))
    return {
        "icon": history.icon_of(entry),
        "title": history.title_of(entry),
        "fact": f"{changes}, by {entry.actor}" if changes else f"by {entry.actor}",
        "at": day_time(entry.created_at, identity.time_zone),
        "at_utc": utc(entry.created_at),
    }


def _in_short(change: history.Change) -> str:
    if change.old == history.NONE:
        return f"{change.field} {change.new}"
    return f"{change.field} {change.old} → {change.new}"


def spending(session: Session, identity: Identity, account: Account) -> dict[str, Any] | None:
    """Spend by day with the finding as a sentence; None before the first charge."""
    spent = spent_by_day(session, account, dt.datetime.now(dt.UTC), identity.time_zone, DAYS)
    total = sum((amount for _, amount in spent), Decimal(0))
    if not total:
        return None
    most_on, _ = max(spent, key=lambda one: one[1])
    money = partial(balance, currency=identity.currency)
    return {
        "sentence": f"Spent {money(total)} in {DAYS} days, most on {day(most_on)}",
        "head": ("Day", f"Spent {identity.currency}"),
        "rows": [(day(date), rate(amount)) for date, amount in spent],
        "chart": bar_chart(_points(spent), partial(balance, currency=identity.currency)),
    }


def _points(spent: list[tuple[dt.date, Decimal]]) -> list[Point]:
    *past, today = spent
    points = [
        Point(day(date), amount, f"{date:%-d %b}" if at % TICK_DAYS == 0 and at < DAYS - TICK_DAYS else "")
        for at, (date, amount) in enumerate(past)
    ]
    return [*points, Point(day(today[0]), today[1], "Today", "unfinished")]
