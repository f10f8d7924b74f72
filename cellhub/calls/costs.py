"""Whose cost a list shows.

``cdr.costs`` runs parallel to ``cdr.lineage``. A list shows what the viewer's own direct
customers owe: an admin sees what the topmost reseller (or client) pays, a reseller what
the account below it pays, a client its own cost.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Numeric, cast, func

from cellhub.calls.models import Cdr
from cellhub.security.identity import Identity


def viewers_cost(identity: Identity) -> ColumnElement[Any]:
    """The column of a list's cost, as SQL."""
    if identity.account_id is None:
        return Cdr.costs[1]
    place = func.array_position(Cdr.lineage, identity.account_id)
    # An account's own calls have nobody below: then it is what the account itself owes.
    return cast(func.coalesce(Cdr.costs[place + 1], Cdr.costs[place]), Numeric(18, 6))


def cost_of(identity: Identity, cdr: Cdr) -> Decimal:
    """The same for one row in hand."""
    if identity.account_id is None:
        return cdr.costs[0]
    place = cdr.lineage.index(identity.account_id)
    return cdr.costs[min(place + 1, len(cdr.costs) - 1)]
