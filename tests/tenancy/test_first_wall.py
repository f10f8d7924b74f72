"""The tree's narrowing alone, with row-level security open: executed in the platform's scope."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from cellhub.db.scope import Scope, enter_scope
from cellhub.security.identity import Identity
from cellhub.security.roles import Role
from cellhub.tree.narrowing import narrow
from tests.tenancy.application import containers
from tests.tenancy.rows import MODELS, Inventory

OF_A_TENANT = [model for model in MODELS if hasattr(model, "tenant_id")]
every_model = pytest.mark.parametrize("model", OF_A_TENANT, ids=lambda model: model.__tablename__)
every_container = pytest.mark.parametrize("container", containers().values(), ids=lambda one: one.name)


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


@every_container
@pytest.mark.parametrize("role", Role)
def test_a_container_narrows_its_own_query_without_the_second_wall(
    container, role: Role, world, session: Session
):
    identity = identity_of(world, role)
    request = SimpleNamespace(identity=identity, dbsession=session, params={}, GET={})
    query = container(None, request).query()
    enter_scope(session, Scope.platform())
    first_wall = keys(session, query, container.model)
    enter_scope(session, identity.scope)
    assert first_wall == keys(session, query, container.model)


def identity_of(world, role: Role) -> Identity:
    """An identity as a ticket of ``role`` gives it."""
    login = world.superadmin if role is Role.SUPERADMIN else world.north.logins[role]
    north = world.north.tenant
    return Identity(
        login_id=login.id,
        login_tenant_id=login.tenant_id,
        role=role,
        tenant_id=north.id,
        account_id=login.account_id,
        name=login.name,
        email=login.email,
        currency=north.currency,
        time_zone=north.time_zone,
        tenant_name=north.name,
    )
