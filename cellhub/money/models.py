"""The ledger."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, Moment, Money, TenantOwned, within_tenant


class EntryKind(StrEnum):
    """Why money moved."""

    CREDIT = "credit"
    CALL = "call"
    ADJUSTMENT = "adjustment"


class LedgerEntry(TenantOwned, Base):
    """One movement of one account's money; never updated, never deleted.

    ``reason`` names what was booked (``call:<call id>``, ``credit:<form id>``) and is
    unique for the account, so that the same deed is never booked twice. ``amount`` is
    signed: a charge is negative.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        within_tenant("account_id", "account"),
        UniqueConstraint("tenant_id", "account_id", "reason"),
        Index(None, "tenant_id", "account_id", "id"),
    )

    account_id: Mapped[BigInt]
    kind: Mapped[EntryKind]
    reason: Mapped[str]
    amount: Mapped[Money]
    balance_after: Mapped[Money]
    note: Mapped[str]
    actor: Mapped[str]


class Spending(Base):
    """What calls have cost an account in a quarter of an hour: caps and brakes sum these up."""

    __tablename__ = "spending"
    __table_args__ = (within_tenant("account_id", "account"),)

    tenant_id: Mapped[BigInt] = mapped_column(primary_key=True)
    account_id: Mapped[BigInt] = mapped_column(primary_key=True)
    starts_at: Mapped[Moment] = mapped_column(primary_key=True)
    amount: Mapped[Money]
