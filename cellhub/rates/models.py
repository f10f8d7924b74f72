"""Rate decks, their rates, the files read for them, and the plans that group decks."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, Moment, Money, TenantOwned, tenant_fk, within_tenant
from cellhub.domain.money import Rounding
from cellhub.domain.rating import BlockRule
from cellhub.domain.schedule import EVERY_DAY, MINUTES_A_DAY, Holidays, Window


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
    """The price of one prefix: a minute in the tenant's currency, blocks in seconds.

    A call shorter than ``minimum_seconds`` is free. The window says when the rate holds:
    ``[effective_from, effective_until)``, the days of ``weekdays`` (bit 0 is Monday) and the
    minutes of the day from ``from_minute`` to ``until_minute``, past midnight when the first
    is greater. A prefix may have several rates in different windows.
    """

    __tablename__ = "rate"
    __table_args__ = (
        tenant_fk(),
        within_tenant("deck_id", "rate_deck", ondelete="CASCADE"),
        within_tenant("trunk_id", "trunk"),
        UniqueConstraint(
            "tenant_id",
            "deck_id",
            "prefix",
            "effective_from",
            "effective_until",
            "weekdays",
            "from_minute",
            "until_minute",
            "holidays",
            name="uq_rate_window",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("prefix ~ '^[0-9]{1,20}$'", name="prefix"),
        CheckConstraint("rate >= 0 AND connect_charge >= 0", name="price"),
        CheckConstraint("initial_block >= 0 AND billing_block > 0 AND minimum_seconds >= 0", name="blocks"),
        CheckConstraint("effective_from < effective_until", name="effective"),
        CheckConstraint("weekdays BETWEEN 1 AND 127", name="weekdays"),
        CheckConstraint("from_minute BETWEEN 0 AND 1439 AND until_minute BETWEEN 1 AND 1440", name="minutes"),
    )

    deck_id: Mapped[BigInt]
    prefix: Mapped[str]
    destination: Mapped[str]
    rate: Mapped[Money]
    initial_block: Mapped[int] = mapped_column(default=0, server_default="0")
    billing_block: Mapped[int] = mapped_column(default=1, server_default="1")
    connect_charge: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    minimum_seconds: Mapped[int] = mapped_column(default=0, server_default="0")
    trunk_id: Mapped[BigInt | None]
    effective_from: Mapped[Moment | None]
    effective_until: Mapped[Moment | None]
    weekdays: Mapped[int] = mapped_column(default=EVERY_DAY, server_default=str(EVERY_DAY))
    from_minute: Mapped[int] = mapped_column(default=0, server_default="0")
    until_minute: Mapped[int] = mapped_column(default=MINUTES_A_DAY, server_default=str(MINUTES_A_DAY))
    holidays: Mapped[Holidays] = mapped_column(default=Holidays.ANY, server_default=Holidays.ANY)

    @property
    def window(self) -> Window:
        """When the rate holds."""
        return Window(
            self.effective_from,
            self.effective_until,
            self.weekdays,
            self.from_minute,
            self.until_minute,
            self.holidays,
        )


ALWAYS_OPEN = (
    Rate.effective_from.is_(None),
    Rate.effective_until.is_(None),
    Rate.weekdays == EVERY_DAY,
    Rate.from_minute == 0,
    Rate.until_minute == MINUTES_A_DAY,
    Rate.holidays == Holidays.ANY,
)
"""The rates that hold at any time."""


class CustomRate(TenantOwned, Base):
    """What one account pays for a prefix whatever its plan says; only a longer custom prefix beats it."""

    __tablename__ = "custom_rate"
    __table_args__ = (
        tenant_fk(),
        within_tenant("account_id", "account"),
        UniqueConstraint("tenant_id", "account_id", "prefix"),
        CheckConstraint("prefix ~ '^[0-9]{1,20}$'", name="prefix"),
        CheckConstraint("rate >= 0 AND connect_charge >= 0", name="price"),
        CheckConstraint("initial_block >= 0 AND billing_block > 0 AND minimum_seconds >= 0", name="blocks"),
    )

    account_id: Mapped[BigInt]
    prefix: Mapped[str]
    destination: Mapped[str]
    rate: Mapped[Money]
    initial_block: Mapped[int] = mapped_column(default=0, server_default="0")
    billing_block: Mapped[int] = mapped_column(default=1, server_default="1")
    connect_charge: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    minimum_seconds: Mapped[int] = mapped_column(default=0, server_default="0")


class Offer(TenantOwned, Base):
    """A prefix that one account calls free of charge, in ``[starts_at, expires_at)``."""

    __tablename__ = "offer"
    __table_args__ = (
        tenant_fk(),
        within_tenant("account_id", "account"),
        CheckConstraint("prefix ~ '^[0-9]{1,20}$'", name="prefix"),
        CheckConstraint("days > 0 AND starts_at < expires_at", name="days"),
        Index(None, "tenant_id", "account_id", "expires_at"),
    )

    account_id: Mapped[BigInt]
    prefix: Mapped[str]
    destination: Mapped[str]
    days: Mapped[int]
    starts_at: Mapped[Moment]
    expires_at: Mapped[Moment]


class Holiday(TenantOwned, Base):
    """A day that the tenant's rates take for a holiday, in the tenant's zone."""

    __tablename__ = "holiday"
    __table_args__ = (tenant_fk(), UniqueConstraint("tenant_id", "day"))

    day: Mapped[dt.date]
    name: Mapped[str]


class Plan(TenantOwned, Base):
    """The decks that a customer pays by, in order.

    Unless it ``allow_loss``, a trunk that costs more than the call is sold for is skipped.
    """

    __tablename__ = "plan"
    __table_args__ = (tenant_fk(), UniqueConstraint("tenant_id", "name"))

    name: Mapped[str]
    allow_loss: Mapped[bool] = mapped_column(default=False, server_default="false")


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
