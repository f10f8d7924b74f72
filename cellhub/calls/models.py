"""Calls: the running ones, what they hold, every attempt, and the records that remain."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Numeric
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, Moment, Money, within_tenant
from cellhub.domain.settlement import CallState


class Disposition(StrEnum):
    """How a call ended, in the manual's words."""

    ANSWERED = "ANSWERED"
    NO_ANSWER = "NO ANSWER"
    BUSY = "BUSY"
    FAILED = "FAILED"
    CONGESTION = "CONGESTION"


LIVE = "state NOT IN ('SETTLED', 'RELEASED')"


class Call(Base):
    """A call from its verdict on; its key is what makes a call unique.

    ``paid_seconds`` is what the holds pay for; the channels end by themselves at
    ``deadline_at``. ``buys`` maps a trunk to its provider and buy price. ``story`` keeps what
    the verdict was based on, for the call's page.
    """

    __tablename__ = "call"
    __table_args__ = (
        within_tenant("account_id", "account"),
        CheckConstraint("call_id ~ '^[0-9a-f]{32}$'", name="call_id"),
        Index("ix_call_live", "tenant_id", "account_id", "sip_user_id", postgresql_where=LIVE),
        Index("ix_call_live_pod", "tenant_id", "pod", postgresql_where=LIVE),
        # The moment first: led by the tenant it would look as good as the key to a planner that
        # has not counted the table yet, and each look-up of one call would walk all of them.
        Index(None, "authorised_at", "tenant_id"),
    )

    tenant_id: Mapped[BigInt] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[CallState]
    step: Mapped[int] = mapped_column(server_default="0")
    pod: Mapped[str]
    account_id: Mapped[BigInt]
    lineage: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    sip_user_id: Mapped[BigInt]
    sip_user: Mapped[str]
    source: Mapped[str]
    dialled: Mapped[str]
    number: Mapped[str]
    prefix: Mapped[str]
    destination: Mapped[str]
    trunk: Mapped[str] = mapped_column(server_default="")
    caller_channel: Mapped[str] = mapped_column(server_default="")
    callee_channel: Mapped[str] = mapped_column(server_default="")
    paid_seconds: Mapped[int]
    last_slice: Mapped[bool]
    authorised_at: Mapped[Moment]
    answered_at: Mapped[Moment | None]
    deadline_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]
    offer_id: Mapped[BigInt | None]
    buys: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    story: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")

    @property
    def id(self) -> str:
        """What lists call the row by."""
        return self.call_id


class CallPayer(Base):
    """What one account of the payer chain pays for a call: its price, hold and cost.

    Position 1 pays the tenant; each further one pays the one before it. The price is
    the one of the check: later edits of rates do not reach a running call.
    """

    __tablename__ = "call_payer"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "call_id"], ["call.tenant_id", "call.call_id"]),
        within_tenant("account_id", "account"),
        CheckConstraint("held >= 0", name="held"),
    )

    tenant_id: Mapped[BigInt] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[BigInt]
    price: Mapped[dict[str, Any]] = mapped_column(JSONB)
    held: Mapped[Money]
    cost: Mapped[Money | None]


class Attempt(Base):
    """One leg towards one trunk.

    ``code`` is its SIP answer, empty when no leg was made, ``cause`` Asterisk's own, and
    ``delay`` the seconds until the trunk rang, answered or refused.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        Index(None, "tenant_id", "trunk", "started_at"),
        {"postgresql_partition_by": "RANGE (started_at)"},
    )

    tenant_id: Mapped[BigInt] = mapped_column(primary_key=True)
    started_at: Mapped[Moment] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    trunk: Mapped[str]
    code: Mapped[int | None]
    cause: Mapped[int | None]
    delay: Mapped[Decimal | None] = mapped_column(Numeric(8, 3))
    answered_at: Mapped[Moment | None]
    ended_at: Mapped[Moment]


class Cdr(Base):
    """The record of a call that ended or was refused.

    ``costs`` runs parallel to ``lineage``: ``costs[i]`` is what ``lineage[i]`` owes the
    one above it. ``duration`` includes ringing, ``billsec`` counts from the answer; both
    are real seconds with their fraction. ``buy_cost`` is what the provider of the trunk
    charges us, empty where nobody knows. Deleting a CDR hides it: ``hidden_at`` from everybody,
    ``hidden_for`` from that account and those below it. Ledger, sums and invoices never change.
    """

    __tablename__ = "cdr"
    __table_args__ = (
        Index(None, "tenant_id", "account_id", "started_at"),
        Index(None, "tenant_id", "call_id"),
        {"postgresql_partition_by": "RANGE (started_at)"},
    )

    tenant_id: Mapped[BigInt] = mapped_column(primary_key=True)
    started_at: Mapped[Moment] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[BigInt]
    lineage: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    costs: Mapped[list[Decimal]] = mapped_column(ARRAY(Numeric(18, 6)))
    sip_user_id: Mapped[BigInt]
    sip_user: Mapped[str]
    source: Mapped[str]
    dialled: Mapped[str]
    number: Mapped[str]
    prefix: Mapped[str]
    destination: Mapped[str]
    trunk: Mapped[str]
    verdict: Mapped[str]
    disposition: Mapped[Disposition]
    code: Mapped[int | None]
    answered_at: Mapped[Moment | None]
    ended_at: Mapped[Moment]
    duration: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    billsec: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    offer_id: Mapped[BigInt | None]
    provider: Mapped[str] = mapped_column(default="", server_default="")
    buy_cost: Mapped[Money | None]
    invoice_id: Mapped[BigInt | None]
    story: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    hidden_at: Mapped[Moment | None]
    hidden_for: Mapped[BigInt | None]

    @property
    def margin(self) -> Decimal | None:
        """What the tenant keeps of what it is paid; None where nobody knows what the call cost it."""
        return None if self.buy_cost is None else self.costs[0] - self.buy_cost

    @property
    def id(self) -> str:
        """What lists call the row by."""
        return self.call_id
