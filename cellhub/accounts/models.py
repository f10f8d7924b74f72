"""What was changed and by whom, accounts that pay together, and the brake on fraud."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, FetchedValue, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, Moment, Money, TenantOwned, tenant_fk, within_tenant
from cellhub.domain.fraud import BrakeAction


class AuditEntry(TenantOwned, Base):
    """One change of one object, insert-only; the manual's User History is made of these.

    ``changes`` maps a field to its old and new value; a secret's are never in it. The database
    gives each entry its ``position`` in the tenant's chain, from 1, and a ``hash`` over its
    content and the hash of the entry before.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        tenant_fk(),
        Index(None, "tenant_id", "account_id", "id"),
        UniqueConstraint("tenant_id", "position", name="uq_audit_entry_tenant_id_position"),
    )

    account_id: Mapped[BigInt | None]
    actor_id: Mapped[BigInt | None]
    actor: Mapped[str]
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    object_name: Mapped[str]
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    position: Mapped[BigInt] = mapped_column(server_default=FetchedValue())
    hash: Mapped[bytes] = mapped_column(LargeBinary, server_default=FetchedValue())


class GroupKind(StrEnum):
    """What the accounts of a group share."""

    BALANCE = "balance"
    QUOTA = "quota"


class AccountGroup(TenantOwned, Base):
    """Accounts that pay together.

    Those that share a balance are paid for by the account ``purse_id``; those that share a
    quota pay themselves, and together never more than ``quota`` in a calendar month of the
    tenant's zone.
    """

    __tablename__ = "account_group"
    __table_args__ = (
        tenant_fk(),
        within_tenant("purse_id", "account", use_alter=True),
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint("kind <> 'balance' OR purse_id IS NOT NULL", name="balance_has_purse"),
        CheckConstraint("quota >= 0", name="quota"),
    )

    name: Mapped[str]
    kind: Mapped[GroupKind]
    purse_id: Mapped[BigInt | None]
    quota: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")


class FraudProfile(TenantOwned, Base):
    """When the brake pulls: for one account, or for every account that has no profile of its own.

    A limit of 0 is none. Between ``night_from`` and ``night_until``, minutes of the day in the
    account's zone, ``night_spend`` an hour takes the place of ``hourly_spend``.
    """

    __tablename__ = "fraud_profile"
    __table_args__ = (
        tenant_fk(),
        within_tenant("account_id", "account"),
        UniqueConstraint("tenant_id", "account_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("night_from BETWEEN 0 AND 1439 AND night_until BETWEEN 0 AND 1439", name="night"),
    )

    account_id: Mapped[BigInt | None]
    calls_per_minute: Mapped[int] = mapped_column(default=0, server_default="0")
    hourly_destinations: Mapped[int] = mapped_column(default=0, server_default="0")
    hourly_spend: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    night_spend: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    night_from: Mapped[int] = mapped_column(default=0, server_default="0")
    night_until: Mapped[int] = mapped_column(default=0, server_default="0")
    new_country: Mapped[bool] = mapped_column(default=False, server_default="false")
    premium_prefixes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    action: Mapped[BrakeAction] = mapped_column(default=BrakeAction.BLOCK, server_default=BrakeAction.BLOCK)


class AccountFreeze(TenantOwned, Base):
    """An account that the brake has stopped, and the sentence why; until somebody thaws it."""

    __tablename__ = "account_freeze"
    __table_args__ = (
        tenant_fk(),
        within_tenant("account_id", "account"),
        Index(
            "uq_account_freeze_standing",
            "tenant_id",
            "account_id",
            unique=True,
            postgresql_where="thawed_at IS NULL",
        ),
    )

    account_id: Mapped[BigInt]
    rule: Mapped[str]
    reason: Mapped[str]
    thawed_at: Mapped[Moment | None]
    thawed_by: Mapped[str] = mapped_column(default="", server_default="")


class KnownCountry(Base):
    """A country that an account has called before, by its calling code."""

    __tablename__ = "known_country"
    __table_args__ = (tenant_fk(), within_tenant("account_id", "account"))

    tenant_id: Mapped[BigInt] = mapped_column(primary_key=True)
    account_id: Mapped[BigInt] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    first_called_at: Mapped[Moment]
