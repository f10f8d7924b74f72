"""What the books must show at any moment, and where they do not.

Four sums that are kept are held against the entries that they are sums of, over all that
the session's scope sees. The numbers are those of the invariants in the charging rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Select, SQLColumnExpression, Subquery, and_, cast, func, select, true
from sqlalchemy.orm import Session

from cellhub.calls.models import Call, CallPayer, Cdr
from cellhub.db.tenancy import Account, Tenant
from cellhub.domain.settlement import FINAL
from cellhub.money.models import EntryKind, LedgerEntry
from cellhub.routes.models import Provider, ProviderEntry

CALL_REASON = "call:"

Query = Select[str, Any, Any, Any]
"""Slug of the tenant, where it is, what is kept, what is proven."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A sum that is kept and differs from what it is the sum of."""

    tenant: str
    place: str
    kept: Decimal
    proven: Decimal

    @property
    def amount(self) -> Decimal:
        """How much more is kept than proven."""
        return self.kept - self.proven


@dataclass(frozen=True, slots=True)
class Invariant:
    """One rule of the books, and the query that finds where it is broken."""

    number: int
    sentence: str
    broken: Callable[[], Query]

    def drifts(self, session: Session) -> Iterator[Drift]:
        """Find every place where the rule does not hold."""
        for tenant, place, kept, proven in session.execute(self.broken()):
            yield Drift(tenant, str(place), kept, proven)


def _balances() -> Query:
    booked = select(func.coalesce(func.sum(LedgerEntry.amount), 0)).where(
        LedgerEntry.tenant_id == Account.tenant_id, LedgerEntry.account_id == Account.id
    )
    return _accounts_where(Account.balance, booked.correlate(Account).scalar_subquery())


def _providers() -> Query:
    booked = select(func.coalesce(func.sum(ProviderEntry.amount), 0)).where(
        ProviderEntry.tenant_id == Provider.tenant_id, ProviderEntry.provider_id == Provider.id
    )
    proven = booked.correlate(Provider).scalar_subquery()
    return (
        select(Tenant.slug, Provider.name, Provider.balance, proven)
        .join(Tenant, Tenant.id == Provider.tenant_id)
        .where(Provider.balance != proven)
        .order_by(Tenant.slug, Provider.name)
    )


def _holds() -> Query:
    running = (
        select(func.coalesce(func.sum(CallPayer.held), 0))
        .join(Call, and_(Call.tenant_id == CallPayer.tenant_id, Call.call_id == CallPayer.call_id))
        .where(
            CallPayer.tenant_id == Account.tenant_id,
            CallPayer.account_id == Account.id,
            Call.state.not_in(FINAL),
        )
    )
    return _accounts_where(Account.held, running.correlate(Account).scalar_subquery())


def _accounts_where(kept: SQLColumnExpression[Any], proven: SQLColumnExpression[Any]) -> Query:
    return (
        select(Tenant.slug, Account.name, kept, proven)
        .join(Tenant, Tenant.id == Account.tenant_id)
        .where(kept != proven)
        .order_by(Tenant.slug, Account.name)
    )


def _days() -> Query:
    recorded, charged = _recorded_by_day(), _charged_by_day()
    same_day = and_(charged.c.tenant_id == recorded.c.tenant_id, charged.c.day == recorded.c.day)
    kept, proven = func.coalesce(recorded.c.cost, 0), func.coalesce(charged.c.cost, 0)
    day = func.coalesce(recorded.c.day, charged.c.day)
    return (
        select(Tenant.slug, day, kept, proven)
        .select_from(recorded.join(charged, same_day, full=True))
        .join(Tenant, Tenant.id == func.coalesce(recorded.c.tenant_id, charged.c.tenant_id))
        .where(kept != proven)
        .order_by(Tenant.slug, day)
    )


def _recorded_by_day() -> Subquery:
    """What the records of a day say that all payers paid; a hidden record still counts."""
    day = cast(func.timezone("UTC", Cdr.started_at), Date).label("day")
    paid = func.unnest(Cdr.costs).table_valued("cost").render_derived("paid").lateral("paid")
    summed = select(Cdr.tenant_id, day, func.sum(paid.c.cost).label("cost")).join(paid, true())
    return summed.group_by(Cdr.tenant_id, day).subquery()


def _charged_by_day() -> Subquery:
    """What the ledger says of the calls of a day, by the day on which they began."""
    day = cast(func.timezone("UTC", Call.authorised_at), Date).label("day")
    return (
        select(Call.tenant_id, day, (-func.sum(LedgerEntry.amount)).label("cost"))
        .join(
            LedgerEntry,
            and_(
                LedgerEntry.tenant_id == Call.tenant_id,
                LedgerEntry.kind == EntryKind.CALL,
                LedgerEntry.reason == func.concat(CALL_REASON, Call.call_id),
            ),
        )
        .group_by(Call.tenant_id, day)
        .subquery()
    )


INVARIANTS = (
    Invariant(1, "every balance is the sum of its entries", _balances),
    Invariant(2, "what is held is the sum of the holds of running calls", _holds),
    Invariant(6, "the calls of a day cost in the records what they cost in the ledger", _days),
    Invariant(17, "every provider's balance is the sum of its entries", _providers),
)
