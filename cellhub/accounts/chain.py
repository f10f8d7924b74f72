"""Prove that a tenant's audit entries are all there, in their order, and as they were written.

The database chains them as they are added: a hash covers an entry's content and the hash of
the one before. Whoever has its superuser can make the chain anew, so somebody who wants to be
sure of more writes the end of a chain down elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    LargeBinary,
    Over,
    Select,
    Subquery,
    Table,
    column,
    func,
    literal,
    or_,
    select,
    table,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from cellhub.accounts.models import AuditEntry
from cellhub.db.tenancy import Tenant

_END = table(
    "chain_end",
    column("tenant_id", BigInteger),
    column("position", BigInteger),
    column("hash", LargeBinary),
    schema="audit",
)


@dataclass(frozen=True, slots=True)
class Chain:
    """The audit of one tenant: how many entries were written, and the hash of the last one.

    ``broken_at`` is the position of the first entry that is missing or not as it was
    written; None when all are well.
    """

    tenant: str
    entries: int
    end: str
    broken_at: int | None


def chains(session: Session) -> Iterator[Chain]:
    """Prove the chain of every tenant that has one; ``session`` is in the platform's scope."""
    broken = _first_broken()
    query = (
        select(Tenant.slug, _END.c.position, _END.c.hash, broken.c.position)
        .join(_END, _END.c.tenant_id == Tenant.id)
        .outerjoin(broken, broken.c.tenant_id == Tenant.id)
        .order_by(Tenant.slug)
    )
    for tenant, entries, end, broken_at in session.execute(query):
        yield Chain(tenant, entries, end.hex(), broken_at)


def _first_broken() -> Subquery:
    """The first place of each tenant where what is there is not what was written."""
    linked = _linked()
    wrong = or_(
        linked.c.position.is_distinct_from(linked.c.place), linked.c.hash.is_distinct_from(linked.c.proven)
    )
    return (
        select(linked.c.tenant_id, func.min(linked.c.place).label("position"))
        .where(wrong)
        .group_by(linked.c.tenant_id)
        .subquery()
    )


def _linked() -> Subquery:
    """Each entry with the place and the hash that those before it prove, and after the last one the end."""
    row = cast(Table, AuditEntry.__table__).table_valued()
    previous = func.coalesce(_in_order(func.lag(AuditEntry.hash)), literal(b"", LargeBinary))
    entries = select(
        AuditEntry.tenant_id,
        AuditEntry.position,
        _in_order(func.row_number()).label("place"),
        AuditEntry.hash,
        func.audit.hash_of(previous, row).label("proven"),
    )
    return entries.union_all(_ends()).subquery()


def _in_order(function: FunctionElement[Any]) -> Over[Any]:
    return function.over(partition_by=AuditEntry.tenant_id, order_by=(AuditEntry.position, AuditEntry.id))


def _ends() -> Select[Any]:
    """A row after the last entry: where the chain ended when that one was written."""
    whose = AuditEntry.tenant_id == _END.c.tenant_id
    entries = select(func.count()).where(whose).correlate(_END).scalar_subquery()
    last = select(AuditEntry.hash).where(whose).order_by(AuditEntry.position.desc()).limit(1)
    return select(
        _END.c.tenant_id,
        _END.c.position + 1,
        entries + 1,
        _END.c.hash,
        last.correlate(_END).scalar_subquery(),
    )
