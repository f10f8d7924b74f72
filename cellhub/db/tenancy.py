"""What tenancy stands on: the tenants, and the accounts in them.

They live below the rooms, because both walls between tenants are built of them.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, Moment, Money, TenantOwned, tenant_fk, within_tenant


class Tenant(Base):
    """A company with its own clients, rates, trunks and softswitch.

    A one-company installation has one row and never shows the word. Tenant 0 is the
    platform, to which superadmins belong. ``managed_by`` names the resource of Kubernetes that
    decides about it (NAMESPACE/NAME), and is empty where people do. A ``suspended`` tenant places
    no call and signs in nobody.
    """

    __tablename__ = "tenant"
    __table_args__ = (CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,40}$'", name="slug"),)

    id: Mapped[BigInt] = mapped_column(Identity(start=1), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sip_domain: Mapped[str] = mapped_column(server_default="")
    currency: Mapped[str] = mapped_column(server_default="USD")
    time_zone: Mapped[str] = mapped_column(server_default="UTC")
    first_slice: Mapped[int] = mapped_column(server_default="60")
    max_calls: Mapped[int] = mapped_column(server_default="0")
    calls_per_second: Mapped[int] = mapped_column(server_default="0")
    sip_user_limit: Mapped[int] = mapped_column(default=0, server_default="0")
    suspended: Mapped[bool] = mapped_column(default=False, server_default="false")
    managed_by: Mapped[str] = mapped_column(default="", server_default="")
    emergency_numbers: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    created_at: Mapped[Moment] = mapped_column(server_default=func.now())


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
    0.5 means 50 %; a reseller's ``sell_deck`` prices exactly what it has a prefix for.
    ``spend_cap`` bounds what its calls cost in a day of its own zone. A limit of 0 means
    none.
    """

    __tablename__ = "account"
    __table_args__ = (
        tenant_fk(),
        within_tenant("parent_id", "account"),
        within_tenant("plan_id", "plan"),
        within_tenant("sell_deck_id", "rate_deck"),
        within_tenant("group_id", "account_group"),
        CheckConstraint("held >= 0", name="held"),
        CheckConstraint("credit_limit >= 0", name="credit_limit"),
        CheckConstraint("payment_mode = 'postpaid' OR credit_limit = 0", name="prepaid_has_no_limit"),
        CheckConstraint("margin >= 0", name="margin"),
        CheckConstraint("spend_cap >= 0 AND calls_per_second >= 0", name="limits"),
        CheckConstraint("lineage[array_length(lineage, 1)] = id", name="lineage"),
        Index(None, "tenant_id", "name"),
        Index(None, "tenant_id", "parent_id"),
        Index("ix_account_group", "tenant_id", "group_id", postgresql_where="group_id IS NOT NULL"),
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
    calls_per_second: Mapped[int] = mapped_column(default=0, server_default="0")
    spend_cap: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    expires_at: Mapped[Moment | None]
    sell_deck_id: Mapped[BigInt | None]
    group_id: Mapped[BigInt | None]
    sip_user_limit: Mapped[int] = mapped_column(default=0, server_default="0")
    time_zone: Mapped[str] = mapped_column(default="UTC", server_default="UTC")

    @property
    def available(self) -> Decimal:
        """What a new call may hold."""
        return self.balance - self.held + self.credit_limit

    @property
    def is_low(self) -> bool:
        """Whether the balance is below the threshold that somebody set."""
        return bool(self.low_credit) and self.balance < self.low_credit
