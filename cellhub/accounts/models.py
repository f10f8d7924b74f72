"""Customers, the people who log in for them, and what was changed."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, Money, TenantOwned, tenant_fk, within_tenant


class AccountKind(StrEnum):
    """What a customer is; the manual calls it the user's role."""

    RESELLER = "reseller"
    CLIENT = "client"


class AccountStatus(StrEnum):
    """Only an active account places calls; a blocked one cannot log in either."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    BLOCKED = "blocked"


class PaymentMode(StrEnum):
    """A postpaid account may go below zero as far as its credit limit."""

    PREPAID = "prepaid"
    POSTPAID = "postpaid"


class Account(TenantOwned, Base):
    """A customer: a reseller or a client, with its money.

    ``lineage`` holds the ids from the topmost reseller down to the account itself. It
    is the payer chain of its calls and what row-level security compares. ``balance``
    equals the sum of the account's ledger entries, ``held`` the sum of the holds of its
    running calls. ``margin`` is what a reseller adds to the price of those below it:
    0.5 means 50 %. A limit of 0 means none.
    """

    __tablename__ = "account"
    __table_args__ = (
        tenant_fk(),
        within_tenant("parent_id", "account"),
        within_tenant("plan_id", "plan"),
        CheckConstraint("held >= 0", name="held"),
        CheckConstraint("credit_limit >= 0", name="credit_limit"),
        CheckConstraint("payment_mode = 'postpaid' OR credit_limit = 0", name="prepaid_has_no_limit"),
        CheckConstraint("margin >= 0", name="margin"),
        CheckConstraint("lineage[array_length(lineage, 1)] = id", name="lineage"),
        Index(None, "tenant_id", "name"),
        Index(None, "tenant_id", "parent_id"),
    )

    kind: Mapped[AccountKind]
    name: Mapped[str]
    status: Mapped[AccountStatus] = mapped_column(default=AccountStatus.ACTIVE)
    parent_id: Mapped[BigInt | None]
    lineage: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    plan_id: Mapped[BigInt | None]
    payment_mode: Mapped[PaymentMode] = mapped_column(default=PaymentMode.PREPAID)
    balance: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    held: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    credit_limit: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    low_credit: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    margin: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    max_calls: Mapped[int] = mapped_column(default=0, server_default="0")
    sip_user_limit: Mapped[int] = mapped_column(default=0, server_default="0")
    time_zone: Mapped[str] = mapped_column(default="UTC", server_default="UTC")

    @property
    def available(self) -> Decimal:
        """What a new call may hold."""
        return self.balance - self.held + self.credit_limit


class AuditEntry(TenantOwned, Base):
    """One change of one object, insert-only; the manual's User History is made of these.

    ``changes`` maps a field to its old and new value; a secret's are never in it.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (tenant_fk(), Index(None, "tenant_id", "account_id", "id"))

    account_id: Mapped[BigInt | None]
    actor_id: Mapped[BigInt | None]
    actor: Mapped[str]
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    object_name: Mapped[str]
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
