"""Rate decks, their rates, the files read for them, and the plans that group decks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, Money, TenantOwned, tenant_fk, within_tenant
from cellhub.domain.money import Rounding
from cellhub.domain.rating import BlockRule


class RateDeck(TenantOwned, Base):
    """A collection of rates with one way to count blocks and to round.

    The deck that is ``default`` prices what no plan prices; a tenant has at most one.
    """

    __tablename__ = "rate_deck"
    __table_args__ = (
        tenant_fk(),
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint("decimals BETWEEN 0 AND 6", name="decimals"),
        Index("uq_rate_deck_default", "tenant_id", unique=True, postgresql_where="is_default"),
    )

    name: Mapped[str]
    block_rule: Mapped[BlockRule] = mapped_column(default=BlockRule.AFTER_INITIAL)
    rounding: Mapped[Rounding] = mapped_column(default=Rounding.HALF_UP)
    decimals: Mapped[int] = mapped_column(default=6, server_default="6")
    is_default: Mapped[bool] = mapped_column(default=False, server_default="false")


class Rate(TenantOwned, Base):
    """The price of one prefix: a minute in the tenant's currency, blocks in seconds."""

    __tablename__ = "rate"
    __table_args__ = (
        tenant_fk(),
        within_tenant("deck_id", "rate_deck", ondelete="CASCADE"),
        within_tenant("trunk_id", "trunk"),
        UniqueConstraint("tenant_id", "deck_id", "prefix"),
        CheckConstraint("prefix ~ '^[0-9]{1,20}$'", name="prefix"),
        CheckConstraint("rate >= 0 AND connect_charge >= 0", name="price"),
        CheckConstraint("initial_block >= 0 AND billing_block > 0", name="blocks"),
    )

    deck_id: Mapped[BigInt]
    prefix: Mapped[str]
    destination: Mapped[str]
    rate: Mapped[Money]
    initial_block: Mapped[int] = mapped_column(default=0, server_default="0")
    billing_block: Mapped[int] = mapped_column(default=1, server_default="1")
    connect_charge: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    trunk_id: Mapped[BigInt | None]


class Plan(TenantOwned, Base):
    """The decks that a customer pays by, in order."""

    __tablename__ = "plan"
    __table_args__ = (tenant_fk(), UniqueConstraint("tenant_id", "name"))

    name: Mapped[str]


class PlanDeck(Base):
    """A deck's place in a plan: at equal prefixes the lower position wins."""

    __tablename__ = "plan_deck"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "plan_id"], ["plan.tenant_id", "plan.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "deck_id"], ["rate_deck.tenant_id", "rate_deck.id"]),
    )

    tenant_id: Mapped[BigInt] = mapped_column(primary_key=True)
    plan_id: Mapped[BigInt] = mapped_column(primary_key=True)
    deck_id: Mapped[BigInt] = mapped_column(primary_key=True)
    position: Mapped[int]


class RateImport(TenantOwned, Base):
    """A file that was read for a deck and waits to be published; a deck has at most one.

    ``rates`` holds a list for each right row in the order of the manual's columns, money
    as text; ``faults`` a list of line, content and reason. With faults it is only there to
    be looked at.
    """

    __tablename__ = "rate_import"
    __table_args__ = (
        tenant_fk(),
        within_tenant("deck_id", "rate_deck", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "deck_id"),
    )

    deck_id: Mapped[BigInt]
    filename: Mapped[str]
    uploaded_by: Mapped[str]
    rates: Mapped[list[list[Any]]] = mapped_column(JSONB, deferred=True)
    faults: Mapped[list[list[Any]]] = mapped_column(JSONB, deferred=True)
    rate_count: Mapped[int]
    fault_count: Mapped[int]
