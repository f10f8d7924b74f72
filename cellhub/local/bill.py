"""What a call left in the books: its record, its attempts, and what each account paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellhub.calls.models import Attempt, Cdr
from cellhub.charging.prices import price_of
from cellhub.db.tenancy import Account
from cellhub.domain.rating import billed_seconds
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
class Share:
    """The arithmetic of what one account owes for a call, line by line as the record keeps it."""

    account: str
    cost: Decimal
    steps: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt: the trunk and its SIP answer, None when there was none."""

    trunk: str
    code: int | None


@dataclass(frozen=True, slots=True)
class Bill:
    """One call as the books know it, once it has ended or was refused.

    Entries and shares begin with the caller's own account; its resellers follow.
    """

    record: Cdr
    attempts: tuple[Tried, ...]
    entries: tuple[Entry, ...]
    shares: tuple[Share, ...]

    @property
    def refusal(self) -> str:
        """Why the call was refused, in a sentence; empty when it was not."""
        return str(self.record.story.get("refusal", {}).get("reason", ""))

    @property
    def rates(self) -> list[dict[str, Any]]:
        """The rate that prices the call, and after it the ones that lost, each with its reason."""
        return list(self.record.story.get("rates", []))

    @property
    def billed(self) -> int:
        """The seconds that are charged, after rounding up to whole blocks."""
        chosen = [rate for rate in self.rates if rate["chosen"]]
        # The record has milliseconds; a call that is charged 2.0003 s is charged for three.
        seconds = self.record.story.get("settlement", {}).get("seconds", self.record.billsec)
        return billed_seconds(Decimal(seconds), price_of(chosen[0]["price"])) if chosen else 0


def clock(session: Session) -> dt.datetime:
    """Read the time of the database, which is the one of its records."""
    return session.execute(select(func.clock_timestamp())).scalar_one()


def sip_user_names(session: Session) -> list[str]:
    """List the SIP users of the tenant."""
    return list(session.scalars(select(SipUser.username).order_by(SipUser.username)))


def balances(session: Session, username: str) -> list[Balance]:
    """Read the money of everybody who pays for a SIP user's calls, its own account first."""
    lineage = session.scalars(
        select(Account.lineage)
        .join(SipUser, SipUser.account_id == Account.id)
        .where(SipUser.username == username)
    ).one()
    rows = session.execute(select(Account.id, Account.name, Account.balance).where(Account.id.in_(lineage)))
    return sorted((Balance(*row) for row in rows), key=lambda one: -lineage.index(one.account_id))


def bills(session: Session, username: str, dialled: str, since: dt.datetime) -> list[Bill]:
    """Read the calls of a SIP user to a number that came to the books since then, oldest first."""
    records = session.scalars(
        select(Cdr)
        .where(Cdr.sip_user == username, Cdr.dialled == dialled, Cdr.started_at >= since)
        .order_by(Cdr.started_at, Cdr.call_id)
    )
    return [_bill(session, record) for record in records.all()]


def _bill(session: Session, record: Cdr) -> Bill:
    names = dict(_pairs(session, record.lineage))
    return Bill(record, _attempts(session, record), _entries(session, record, names), _shares(record, names))


def _pairs(session: Session, ids: Sequence[int]) -> list[tuple[int, str]]:
    return [
        (row[0], row[1])
        for row in session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))
    ]


def _attempts(session: Session, record: Cdr) -> tuple[Tried, ...]:
    query = select(Attempt.trunk, Attempt.code).where(Attempt.call_id == record.call_id)
    return tuple(Tried(*row) for row in session.execute(query.order_by(Attempt.position)))


def _entries(session: Session, record: Cdr, names: dict[int, str]) -> tuple[Entry, ...]:
    found = {
        entry.account_id: Entry(names[entry.account_id], entry.amount, entry.balance_after)
        for entry in session.scalars(
            select(LedgerEntry).where(LedgerEntry.reason == f"call:{record.call_id}")
        )
    }
    return tuple(found[account_id] for account_id in reversed(record.lineage) if account_id in found)


def _shares(record: Cdr, names: dict[int, str]) -> tuple[Share, ...]:
    payers = record.story.get("settlement", {}).get("payers", [])
    return tuple(
        Share(names[payer["account_id"]], Decimal(payer["cost"]), tuple(payer["steps"]))
        for payer in reversed(payers)
    )
