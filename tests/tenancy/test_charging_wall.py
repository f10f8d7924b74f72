"""The wall of the charging path: a whole tenant, no row of another, and no table that no call needs."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from cellhub.accounts.models import AuditEntry
from cellhub.db.scope import DatabaseRole, Scope, enter_scope
from cellhub.db.tenancy import Account
from cellhub.security.models import Login, LoginFailure, LoginTicket
from cellhub.telemetry.models import Heartbeat
from tests.tenancy.rows import MODELS, Inventory

CHARGING = DatabaseRole.CHARGING
HAS_RIGHTS = text("SELECT has_any_column_privilege(:role, :table, 'SELECT')")
NEVER = {Login, LoginTicket, LoginFailure, Heartbeat}


@pytest.fixture
def charging(settled) -> Scope:
    """The scope of the north tenant's charging path."""
    return Scope.charging(settled.north.tenant.id)


def may_read(session: Session, model: Any) -> bool:
    return bool(session.scalar(HAS_RIGHTS, {"role": CHARGING.value, "table": model.__tablename__}))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__tablename__)
def test_it_reads_all_of_its_tenant_or_is_refused(model, charging, inventory: Inventory, session: Session):
    key = inspect(model).primary_key
    readable = may_read(session, model)
    enter_scope(session, charging)
    if not readable:
        with pytest.raises(ProgrammingError, match="permission denied"):
            session.execute(select(*key))
        return
    expected = inventory.keys_for(model, Scope.of_tenant(charging.tenant_id))
    assert {tuple(row) for row in session.execute(select(*key))} == expected


def test_it_reads_nothing_of_who_signs_in(session: Session):
    assert [model for model in MODELS if model in NEVER and may_read(session, model)] == []


@pytest.mark.parametrize("column", ["status", "credit_limit", "lineage", "plan_id", "name"])
def test_it_moves_money_and_nothing_else_of_an_account(column, charging, session: Session):
    enter_scope(session, charging)
    with pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text(f"UPDATE account SET {column} = {column}"))


def test_it_touches_no_row_of_another_tenant(charging, inventory: Inventory, session: Session):
    [foreign] = [row for row in inventory.of(Account) if row.tenant_id != charging.tenant_id][:1]
    enter_scope(session, charging)
    moved = text("UPDATE account SET balance = 0 WHERE tenant_id = :tenant AND id = :id RETURNING id")
    assert session.execute(moved, {"tenant": foreign.tenant_id, "id": foreign.key[1]}).all() == []
    session.add(_entry(foreign.tenant_id))
    with pytest.raises(ProgrammingError, match="row-level security"):
        session.flush()


def _entry(tenant_id: int) -> AuditEntry:
    names = ("actor", "action", "object_kind", "object_id", "object_name")
    return AuditEntry(tenant_id=tenant_id, **dict.fromkeys(names, "forged"))
