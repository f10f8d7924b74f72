"""What lists and pages say about accounts beyond their own columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, any_, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from cellhub.calls.models import Call
from cellhub.db.tenancy import Account
from cellhub.domain.settlement import FINAL
from cellhub.money.models import EntryKind, LedgerEntry
from cellhub.rates.models import Plan
from cellhub.security.models import Login
from cellhub.sip.models import SipUser


@dataclass(frozen=True, slots=True)
class Facts:
    """Names of what an account refers to, and counts of what it has. ``calls`` run now."""

    email: str
    reseller: str
    plan: str
    sip_users: int
    calls: int


def facts_of(session: Session, accounts: Sequence[Account]) -> dict[int, Facts]:
    """The facts of some accounts, by their ids, in one query."""
    parent = aliased(Account)
    query = (
        select(
            Account.id,
            func.coalesce(_email(), ""),
            func.coalesce(parent.name, ""),
            func.coalesce(Plan.name, ""),
            _count(SipUser, SipUser.account_id == Account.id),
            _count(Call, and_(Account.id == any_(Call.lineage), Call.state.not_in(FINAL))),
        )
        .outerjoin(parent, and_(parent.tenant_id == Account.tenant_id, parent.id == Account.parent_id))
        .outerjoin(Plan, and_(Plan.tenant_id == Account.tenant_id, Plan.id == Account.plan_id))
        .where(tuple_(Account.tenant_id, Account.id).in_([(one.tenant_id, one.id) for one in accounts]))
    )
    return {row[0]: Facts(*row[1:]) for row in session.execute(query)}


def _email() -> ScalarSelect[str]:
    """The address of the log-in that was opened with the account."""
    own = select(Login.email).where(Login.tenant_id == Account.tenant_id, Login.account_id == Account.id)
    return own.order_by(Login.id).limit(1).correlate(Account).scalar_subquery()


def _count(model: Any, belongs: ColumnElement[bool]) -> ScalarSelect[int]:
    counted = select(func.count()).select_from(model).where(model.tenant_id == Account.tenant_id, belongs)
    return counted.correlate(Account).scalar_subquery()


def balance_total(session: Session, query: Select[Any]) -> tuple[int, Decimal, Decimal]:
    """How many accounts ``query`` has, the exact sum of their balances, and of what is held."""
    summed = query.with_only_columns(
        func.count(),
        func.coalesce(func.sum(Account.balance), 0),
        func.coalesce(func.sum(Account.held), 0),
        maintain_column_froms=True,
    )
    total = session.execute(summed).one()
    return total[0], total[1], total[2]


def spent_since(session: Session, account: Account, start: dt.datetime) -> Decimal:
    """What the account's calls cost it since ``start``."""
    charges = select(func.coalesce(-func.sum(LedgerEntry.amount), 0)).where(
        *_charges(account), LedgerEntry.created_at >= start
    )
    return Decimal(session.scalar(charges) or 0)


def spent_by_day(
    session: Session, account: Account, now: dt.datetime, zone: str, days: int
) -> list[tuple[dt.date, Decimal]]:
    """What its calls cost on each of the last ``days`` days of ``zone``, today last."""
    today = now.astimezone(ZoneInfo(zone)).date()
    dates = [today - dt.timedelta(days=back) for back in range(days - 1, -1, -1)]
    local_day = func.date(func.timezone(zone, LedgerEntry.created_at))
    summed = (
        select(local_day, -func.sum(LedgerEntry.amount))
        .where(*_charges(account), LedgerEntry.created_at >= midnight(dates[0], zone))
        .group_by(local_day)
    )
    found = {row[0]: row[1] for row in session.execute(summed)}
    return [(date, found.get(date, Decimal(0))) for date in dates]


def _charges(account: Account) -> tuple[ColumnElement[bool], ...]:
    return (
        LedgerEntry.tenant_id == account.tenant_id,
        LedgerEntry.account_id == account.id,
        LedgerEntry.kind == EntryKind.CALL,
    )


def midnight(day: dt.date, zone: str) -> dt.datetime:
    """When ``day`` begins in ``zone``."""
    return dt.datetime.combine(day, dt.time.min, ZoneInfo(zone))
