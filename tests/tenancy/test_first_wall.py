"""The tree's narrowing alone, with row-level security open: executed in the platform's scope."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from cellhub.db.scope import Scope, enter_scope
from cellhub.security.roles import Role
from cellhub.tree.narrowing import narrow
from tests.tenancy.application import Place, places
from tests.tenancy.rows import MODELS, Inventory
from tests.tenancy.visitors import Visitor

OF_A_TENANT = [model for model in MODELS if hasattr(model, "tenant_id")]
every_model = pytest.mark.parametrize("model", OF_A_TENANT, ids=lambda model: model.__tablename__)


def keys(session: Session, query: Any, model: Any) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in session.execute(query.with_only_columns(*inspect(model).primary_key))}


@every_model
def test_narrowing_alone_keeps_exactly_the_rows_of_a_scope(
    model, scope: Scope, inventory: Inventory, session: Session
):
    expected = {key for key in inventory.keys_for(model, scope) if key[0] == scope.tenant_id}
    if scope.account_id is not None and not names_an_account(model):
        expected = set()  # a container that shows such rows to an account says itself which
    enter_scope(session, Scope.platform())
    assert keys(session, narrow(select(model), model, scope), model) == expected


def names_an_account(model: Any) -> bool:
    return not {"account_id", "lineage"}.isdisjoint(inspect(model).columns.keys())


@pytest.mark.parametrize("place", places(), ids=str)
@pytest.mark.parametrize("role", Role)
def test_a_container_narrows_its_own_query_without_the_second_wall(place: Place, role: Role, visit):
    visitor: Visitor = visit(role)
    assert visitor.rows(place, Scope.platform()) == visitor.rows(place)
