"""Narrow a query to a scope: one function for every model that belongs to a tenant.

How a row hangs on an account is read from the model's own columns, in this order: it
carries the lineage of the account, it names the account, or it is the tenant's own and
an account-wide scope has nothing to see in it unless its container says what.
"""

from __future__ import annotations

from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, false, select

from cellhub.db.scope import Scope
from cellhub.db.tenancy import Account

Columns = TypeVarTuple("Columns")


def narrow(query: Select[*Columns], model: Any, scope: Scope) -> Select[*Columns]:
    """Keep the rows of ``model`` that exist for ``scope``."""
    query = query.where(model.tenant_id == scope.tenant_id)
    if scope.account_id is None:
        return query
    return query.where(within_account(model, scope.account_id))


def within_account(model: Any, account_id: int) -> ColumnElement[bool]:
    """The rows of ``model`` that belong to an account or to one below it."""
    if hasattr(model, "lineage"):
        return model.lineage.contains([account_id])
    if hasattr(model, "account_id"):
        return model.account_id.in_(select(Account.id).where(Account.lineage.contains([account_id])))
    return false()
