"""What is asked of call records: totals, exports, deletion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, func, update
from sqlalchemy.orm import Session, sessionmaker

from cellhub.accounts.audit import Actor, record_deed
from cellhub.calls.models import Cdr, Disposition
from cellhub.db.scope import Scope
from cellhub.db.session import scoped

EXPORT_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a whole filter; exact, rounded by who writes them. Seconds are real ones."""

    calls: int
    answered: int
    duration: Decimal
    billsec: Decimal
    cost: Decimal


def shown(scope: Scope) -> ColumnElement[bool]:
    """Which records nobody has deleted for ``scope``."""
    if scope.account_id is None:
        return Cdr.hidden_at.is_(None)
    reader, hider = (func.array_position(Cdr.lineage, one) for one in (scope.account_id, Cdr.hidden_for))
    return Cdr.hidden_at.is_(None) & func.coalesce(reader < hider, True)


def totals(session: Session, query: Select[Any], cost: ColumnElement[Any]) -> Totals:
    """Add up the rows of ``query``."""
    summed = query.with_only_columns(
        func.count(),
        func.count().filter(Cdr.disposition == Disposition.ANSWERED),
        func.coalesce(func.sum(Cdr.duration), 0),
        func.coalesce(func.sum(Cdr.billsec), 0),
        func.coalesce(func.sum(cost), 0),
        maintain_column_froms=True,
    )
    return Totals(*session.execute(summed).one())


def export(
    factory: sessionmaker[Session], scope: Scope, query: Select[Any], cost: ColumnElement[Any]
) -> Iterator[tuple[Cdr, Decimal]]:
    """Stream the rows of ``query`` with their cost, in a transaction of its own.

    The response is sent after the request's transaction has ended, so the export enters
    the same scope again.
    """
    with scoped(factory, scope) as session:
        rows = session.execute(
            query.add_columns(cost.label("cost")).execution_options(
                yield_per=EXPORT_BATCH, stream_results=True
            )
        )
        for row in rows:
            yield row[0], row.cost


def delete(
    session: Session,
    actor: Actor,
    query: Select[Any],
    call_ids: Sequence[str] | None,
    asked: Mapping[str, str],
) -> int:
    """Hide the records of ``query``, or those of them in ``call_ids``; ledger, sums and invoices stay.

    What a reseller deletes is gone for it and for those below it; staff still see it. The
    history keeps the ids that are gone, or ``asked``, the filter that ``query`` is made of.

    Returns:
        How many are gone from the lists. Ids outside ``query`` are not among them.
    """
    chosen = query if call_ids is None else query.where(Cdr.call_id.in_(call_ids))
    keys = chosen.with_only_columns(Cdr.started_at, Cdr.call_id, maintain_column_froms=True).subquery()
    hiding = (
        update(Cdr)
        .where(Cdr.started_at == keys.c.started_at, Cdr.call_id == keys.c.call_id)
        .values(_hidden_by(actor))
        .execution_options(synchronize_session=False)
    )
    which: dict[str, Any]
    if call_ids is None:
        gone, which = cast(CursorResult[Any], session.execute(hiding)).rowcount, {"filter": dict(asked)}
    else:
        hidden = sorted(session.scalars(hiding.returning(Cdr.call_id)))
        gone, which = len(hidden), {"calls": hidden}
    record_deed(session, actor, "delete", "cdr", f"{gone} calls", changes=which)
    return gone


def _hidden_by(actor: Actor) -> dict[str, Any]:
    if actor.account_id is None:
        return {"hidden_at": dt.datetime.now(dt.UTC)}
    return {"hidden_for": actor.account_id}
