"""What a call left in the books: its record, its attempts, and what each account paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellhub.calls.models import Attempt, Cdr
from cellhub.db.tenancy import Account
from cellhub.money.models import LedgerEntry
from cellhub.sip.models import SipUser


@dataclass(frozen=True, slots=True)
class Balance:
    """An account of the payer chain and its money at one moment."""

    account_id: int
    account: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """What a call booked on one account; a charge is negative."""

    account: str
    amount: Decimal
    balance_after: Decimal


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt: the trunk and its SIP answer, None when there was none."""

    trunk: str
    code: int | None


@dataclass(frozen=True, slots=True)
class Bill:
    """One call as the books know it, once it has ended or was refused."""

    record: Cdr
    attempts: tuple[Tried, ...]
    entries: tuple[Entry, ...]


def clock(session: Session) -> dt.datetime:
    """Read the time of the database, which is the one of its records."""
    return session.execute(select(func.clock_timestamp())).scalar_one()


def sip_user_names(session: Session) -> list[str]:
    """List the SIP users of the tenant."""
    return list(session.scalars(select(SipUser.username).order_by(SipUser.username)))


def balances(session: Session, username: str) -> list[Balance]:
    """Read the money of everybody who pays for the calls of a SIP user, the topmost reseller first."""
    lineage = session.scalars(
        select(Account.lineage)
        .join(SipUser, SipUser.account_id == Account.id)
        .where(SipUser.username == username)
    ).one()
    rows = session.execute(select(Account.id, Account.name, Account.balance).where(Account.id.in_(lineage)))
    return sorted((Balance(*row) for row in rows), key=lambda one: lineage.index(one.account_id))


def bills(session: Session, username: str, dialled: str, since: dt.datetime) -> list[Bill]:
    """Read the calls of a SIP user to a number that came to the books since then, oldest first."""
    records = session.scalars(
        select(Cdr)
        .where(Cdr.sip_user == username, Cdr.dialled == dialled, Cdr.started_at >= since)
        .order_by(Cdr.started_at, Cdr.call_id)
    ).all()
    return [Bill(record, _attempts(session, record), _entries(session, record)) for record in records]


def _attempts(session: Session, record: Cdr) -> tuple[Tried, ...]:
    rows = session.execute(
        select(Attempt.trunk, Attempt.code)
        .where(Attempt.call_id == record.call_id, Attempt.started_at >= record.started_at)
        .order_by(Attempt.position)
    )
    return tuple(Tried(*row) for row in rows)


def _entries(session: Session, record: Cdr) -> tuple[Entry, ...]:
    """Read the entries of one call, the caller's own account first."""
    rows = session.execute(
        select(LedgerEntry.account_id, Account.name, LedgerEntry.amount, LedgerEntry.balance_after)
        .join(Account, Account.id == LedgerEntry.account_id)
        .where(LedgerEntry.reason == f"call:{record.call_id}")
    ).all()
    return tuple(Entry(*row[1:]) for row in sorted(rows, key=lambda row: -_place(record.lineage, row[0])))


def _place(lineage: Sequence[int], account_id: int) -> int:
    return lineage.index(account_id)
