"""Book money that customers paid."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, sessionmaker

from cellhub.accounts.audit import Actor, record
from cellhub.db.notify import Topic, publish
from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.db.tenancy import Account
from cellhub.money.models import EntryKind, LedgerEntry

EXPORT_BATCH = 1000


class BookedOtherwise(Exception):
    """A form was sent again with another amount; ``entry`` is what it booked the first time."""

    def __init__(self, entry: LedgerEntry) -> None:
        super().__init__(f"This form has booked {entry.amount:f} already.")
        self.entry = entry


def add_credit(
    session: Session, actor: Actor, account: Account, *, amount: Decimal, note: str, form_id: str
) -> LedgerEntry:
    """Raise the balance by ``amount`` once for each ``form_id``, however often it is sent.

    Returns:
        The entry of the ledger; for a form that was booked before, the one of then.

    Raises:
        ValueError: the amount is not above zero.
        BookedOtherwise: the form was booked before, with another amount.
    """
    if amount <= 0:
        raise ValueError(f"Credit is an amount above zero, not {amount}.")
    account = _locked(session, account)
    reason = f"credit:{form_id}"
    booked = _booked(session, account, reason)
    if booked is not None and booked.amount != amount:
        raise BookedOtherwise(booked)
    if booked is not None:
        return booked
    entry = _book(session, account, amount=amount, reason=reason, note=note, actor=actor.name)
    changes = {"balance": [str(entry.balance_after - amount), str(entry.balance_after)], "note": [None, note]}
    record(session, actor, "credit", account, name=account.name, account_id=account.id, changes=changes)
    publish(session, Topic.BALANCE, account.tenant_id, [account.id])
    return entry


def _locked(session: Session, account: Account) -> Account:
    """Read the balance anew, and keep calls from moving it meanwhile."""
    mine = select(Account).where(Account.tenant_id == account.tenant_id, Account.id == account.id)
    return session.scalars(mine.with_for_update().execution_options(populate_existing=True)).one()


def _booked(session: Session, account: Account, reason: str) -> LedgerEntry | None:
    return session.scalar(
        select(LedgerEntry).where(
            LedgerEntry.tenant_id == account.tenant_id,
            LedgerEntry.account_id == account.id,
            LedgerEntry.reason == reason,
        )
    )


def _book(
    session: Session, account: Account, *, amount: Decimal, reason: str, note: str, actor: str
) -> LedgerEntry:
    account.balance += amount
    entry = LedgerEntry(
        tenant_id=account.tenant_id,
        account_id=account.id,
        kind=EntryKind.CREDIT,
        reason=reason,
        amount=amount,
        balance_after=account.balance,
        note=note,
        actor=actor,
    )
    session.add(entry)
    session.flush()
    return entry


def entries_of(account: Account) -> Select[LedgerEntry]:
    """The ledger of an account, in no order yet."""
    return select(LedgerEntry).where(
        LedgerEntry.tenant_id == account.tenant_id, LedgerEntry.account_id == account.id
    )


def export(factory: sessionmaker[Session], scope: Scope, query: Select[Any]) -> Iterator[LedgerEntry]:
    """Stream the entries of ``query`` in a transaction of its own, as the request's has ended by then."""
    with scoped(factory, scope) as session:
        yield from session.scalars(query.execution_options(yield_per=EXPORT_BATCH, stream_results=True))
