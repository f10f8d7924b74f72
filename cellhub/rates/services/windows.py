"""When rates hold, from which length on they charge, and the days that are holidays."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.refusal import RefusedError, unless_taken
from cellhub.domain.schedule import EVERY_DAY, MINUTES_A_DAY, Window
from cellhub.rates.models import Holiday, Plan, Rate
from cellhub.rates.services.tariffs import name_of

TERMS = (
    "effective_from",
    "effective_until",
    "weekdays",
    "from_minute",
    "until_minute",
    "holidays",
    "minimum_seconds",
)
WINDOW_TAKEN = "This deck has a rate for this prefix at these times already. Change that one."


def set_window(session: Session, actor: Actor, rate: Rate, window: Window, *, minimum_seconds: int) -> None:
    """Let a rate hold at some times only, and make shorter calls free; running calls keep their price.

    Raises:
        RefusedError: the times are none, or another rate of the prefix has them.
    """
    _check(window, minimum_seconds)
    with unless_taken(session, "window", WINDOW_TAKEN):
        for name in TERMS:
            setattr(rate, name, minimum_seconds if name == "minimum_seconds" else getattr(window, name))
        changes = changes_of(rate, TERMS)
        session.flush()
    if changes:
        record(session, actor, "change", rate, name=name_of(rate), account_id=None, changes=changes)


def add_holiday(session: Session, actor: Actor, day: dt.date, name: str) -> Holiday:
    """Make a day of the tenant's clock a holiday.

    Raises:
        RefusedError: it is one already.
    """
    holiday = Holiday(tenant_id=actor.tenant_id, day=day, name=name)
    with unless_taken(session, "day", "This day is a holiday already."):
        session.add(holiday)
        session.flush()
    record(session, actor, "create", holiday, name=f"{day} {name}", account_id=None)
    return holiday


def drop_holiday(session: Session, actor: Actor, holiday: Holiday) -> None:
    """Make a holiday a day like others."""
    record(session, actor, "delete", holiday, name=f"{holiday.day} {holiday.name}", account_id=None)
    session.delete(holiday)
    session.flush()


def allow_loss(session: Session, actor: Actor, plan: Plan, *, allowed: bool) -> None:
    """Let calls of a plan be carried at a loss, or not."""
    plan.allow_loss = allowed
    changes = changes_of(plan, ["allow_loss"])
    session.flush()
    if changes:
        record(session, actor, "change", plan, name=plan.name, account_id=None, changes=changes)


def _check(window: Window, minimum_seconds: int) -> None:
    since, until = window.effective_from, window.effective_until
    if since and until and not since < until:
        raise RefusedError("effective_until", "Write a moment behind the first one.")
    if not 0 < window.weekdays <= EVERY_DAY:
        raise RefusedError("weekdays", "Choose at least one day of the week.")
    if not (0 <= window.from_minute < MINUTES_A_DAY and 0 < window.until_minute <= MINUTES_A_DAY):
        raise RefusedError("from_minute", "Write times of the day.")
    if minimum_seconds < 0:
        raise RefusedError("minimum_seconds", "Write 0 or more seconds.")
