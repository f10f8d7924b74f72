"""Trunks: the upstream providers that carry calls, the groups that order them, and what they cost."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, Moment, Money, TenantOwned, tenant_fk, within_tenant
from cellhub.domain.routing import Strategy


class Trunk(TenantOwned, Base):
    """A provider's SIP server and how numbers are sent to it.

    Without ``register`` the provider knows us by our address; with it we register by
    ``username`` and a secret, which is kept encrypted under a key outside the database.
    ``provider`` is the name of who sells us its minutes. ``max_channels`` and
    ``calls_per_second`` 0 mean no cap, over all pods; a lower ``priority`` is preferred. ``registration``
    is what the softswitch last reported. ``managed_by`` names the resource of Kubernetes that decides
    about it (NAMESPACE/NAME), and is empty where people do.
    """

    __tablename__ = "trunk"
    __table_args__ = (
        tenant_fk(),
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint("name ~ '^[a-z0-9][a-z0-9-]{0,39}$'", name="name"),
        CheckConstraint("port BETWEEN 1 AND 65535", name="port"),
        CheckConstraint("max_channels >= 0", name="max_channels"),
        CheckConstraint("calls_per_second >= 0", name="calls_per_second"),
        CheckConstraint("ring_seconds BETWEEN 5 AND 180", name="ring_seconds"),
        CheckConstraint("NOT register OR username <> ''", name="register_needs_username"),
        CheckConstraint("transport IN ('udp', 'tcp')", name="transport"),
    )

    name: Mapped[str]
    provider: Mapped[str] = mapped_column(default="", server_default="")
    host: Mapped[str]
    port: Mapped[int] = mapped_column(default=5060, server_default="5060")
    transport: Mapped[str] = mapped_column(default="udp", server_default="udp")
    username: Mapped[str] = mapped_column(default="", server_default="")
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    register: Mapped[bool] = mapped_column(default=False, server_default="false")
    codecs: Mapped[str] = mapped_column(default="alaw,ulaw", server_default="alaw,ulaw")
    max_channels: Mapped[int] = mapped_column(default=0, server_default="0")
    calls_per_second: Mapped[int] = mapped_column(default=0, server_default="0")
    strip_prefix: Mapped[str] = mapped_column(default="", server_default="")
    add_prefix: Mapped[str] = mapped_column(default="", server_default="")
    caller_id: Mapped[str] = mapped_column(default="", server_default="")
    ring_seconds: Mapped[int] = mapped_column(default=60, server_default="60")
    priority: Mapped[int] = mapped_column(default=10, server_default="10")
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    registration: Mapped[str] = mapped_column(default="", server_default="")
    managed_by: Mapped[str] = mapped_column(default="", server_default="")


class RegistrarLease(Base):
    """Which pod of a tenant registers its trunks, and until when unless it says so again."""

    __tablename__ = "registrar_lease"
    __table_args__ = (tenant_fk(),)

    tenant_id: Mapped[BigInt] = mapped_column(primary_key=True)
    pod: Mapped[str]
    expires_at: Mapped[Moment]


class TrunkGroup(TenantOwned, Base):
    """Trunks that stand in for each other, and in which order a call tries them.

    ``failover_codes`` are SIP codes after which the next trunk is tried, as ``503,5..,408``
    where a point is any digit; empty is the common list.
    """

    __tablename__ = "trunk_group"
    __table_args__ = (
        tenant_fk(),
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint("failover_codes ~ '^([1-6][0-9.]{2}(,[1-6][0-9.]{2})*)?$'", name="failover_codes"),
    )

    name: Mapped[str]
    strategy: Mapped[Strategy] = mapped_column(default=Strategy.PRIORITY)
    failover_codes: Mapped[str] = mapped_column(default="", server_default="")


class TrunkGroupTrunk(Base):
    """A trunk's place in a group: a lower ``priority`` goes first, a greater ``weight`` more often."""

    __tablename__ = "trunk_group_trunk"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "group_id"], ["trunk_group.tenant_id", "trunk_group.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "trunk_id"], ["trunk.tenant_id", "trunk.id"]),
        CheckConstraint("weight > 0", name="weight"),
    )

    tenant_id: Mapped[BigInt] = mapped_column(primary_key=True)
    group_id: Mapped[BigInt] = mapped_column(primary_key=True)
    trunk_id: Mapped[BigInt] = mapped_column(primary_key=True)
    priority: Mapped[int] = mapped_column(default=10, server_default="10")
    weight: Mapped[int] = mapped_column(default=1, server_default="1")


class Provider(TenantOwned, Base):
    """A wholesale company: what it charges us by its deck, and what we have with it.

    ``balance`` equals the sum of the provider's entries; what calls cost comes to it in
    bundles, so that no two calls wait for one row.
    """

    __tablename__ = "provider"
    __table_args__ = (
        tenant_fk(),
        within_tenant("deck_id", "rate_deck"),
        UniqueConstraint("tenant_id", "name"),
    )

    name: Mapped[str]
    deck_id: Mapped[BigInt | None]
    balance: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")


class ProviderEntryKind(StrEnum):
    """Why a provider's balance moved."""

    CREDIT = "credit"
    CALLS = "calls"


class ProviderEntry(TenantOwned, Base):
    """One movement of a provider's balance; never updated, never deleted.

    ``reason`` makes a payment unique, however often its form is sent; bundles have none.
    """

    __tablename__ = "provider_entry"
    __table_args__ = (
        tenant_fk(),
        within_tenant("provider_id", "provider"),
        Index(
            "uq_provider_entry_reason",
            "tenant_id",
            "provider_id",
            "reason",
            unique=True,
            postgresql_where="reason <> ''",
        ),
    )

    provider_id: Mapped[BigInt]
    kind: Mapped[ProviderEntryKind]
    amount: Mapped[Money]
    balance_after: Mapped[Money]
    note: Mapped[str]
    actor: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")


class ProviderCharge(TenantOwned, Base):
    """What one call cost with a provider, until a bundle takes it to the balance.

    ``part`` 1 is by its settlement; a later one corrects it, and may be below zero.
    """

    __tablename__ = "provider_charge"
    __table_args__ = (
        within_tenant("provider_id", "provider"),
        UniqueConstraint("tenant_id", "call_id", "part"),
    )

    provider_id: Mapped[BigInt]
    call_id: Mapped[str]
    part: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    amount: Mapped[Money]
