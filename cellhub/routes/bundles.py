"""What calls cost with their providers, taken to the providers' balances in bundles.

A settlement writes down what the call cost and touches no balance, so that no two calls wait
for one row. A bundle takes what has come since, and leaves nothing to be taken twice: the
charges go, the entry and the balance come, in one transaction.
"""

from __future__ import annotations

from sqlalchemy import CTE, Integer, String, cast, delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from cellhub.routes.models import Provider, ProviderCharge, ProviderEntry, ProviderEntryKind

ACTOR = "worker"
_LOCK = "provider bundles"


def bundle_charges(session: Session) -> int:
    """Take all charges to their providers' balances, and return how many bundles that made."""
    # Two workers that bundle at once would wait for each other's providers in any order.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_LOCK, 0))))
    bundle = _booked(_sums(_taken()))
    columns = ("tenant_id", "provider_id", "kind", "amount", "balance_after", "note", "actor")
    entries = select(
        bundle.c.tenant_id,
        bundle.c.id,
        literal(ProviderEntryKind.CALLS.value),
        -bundle.c.amount,
        bundle.c.balance,
        literal("Calls: ") + cast(bundle.c.calls, String),
        literal(ACTOR),
    )
    booked = insert(ProviderEntry).from_select(columns, entries).returning(ProviderEntry.id)
    return len(session.execute(booked).all())


def _taken() -> CTE:
    columns = (ProviderCharge.tenant_id, ProviderCharge.provider_id, ProviderCharge.amount)
    return delete(ProviderCharge).returning(*columns).cte("taken")


def _sums(taken: CTE) -> CTE:
    key = (taken.c.tenant_id, taken.c.provider_id)
    calls = cast(func.count(), Integer).label("calls")
    return select(*key, func.sum(taken.c.amount).label("amount"), calls).group_by(*key).cte("sums")


def _booked(sums: CTE) -> CTE:
    return (
        update(Provider)
        .where(Provider.tenant_id == sums.c.tenant_id, Provider.id == sums.c.provider_id)
        .values(balance=Provider.balance - sums.c.amount)
        .returning(Provider.tenant_id, Provider.id, Provider.balance, sums.c.amount, sums.c.calls)
        .cte("booked")
    )
