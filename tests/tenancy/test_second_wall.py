"""Row-level security alone: plain statements, without the tree, in every scope of the north tenant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import and_, delete, func, insert, inspect, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from cellhub.db.scope import Scope, enter_scope
from tests.tenancy.rows import MODELS, Inventory, Owned

every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__tablename__)


def primary_key(model: Any) -> tuple[Any, ...]:
    return inspect(model).primary_key


def keys(session: Session, model: Any) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in session.execute(select(*primary_key(model)))}


def is_row(model: Any, row: Owned) -> Any:
    return and_(*(column == value for column, value in zip(primary_key(model), row.key, strict=True)))


def foreign_to(inventory: Inventory, model: Any, scope: Scope) -> list[Owned]:
    """The rows that ``scope`` must not touch; every table has some, or its test would prove nothing."""
    foreign = [row for row in inventory.of(model) if not inventory.exists_for(model, row, scope)]
    assert foreign, f"tests/tenancy/rows.py adds no foreign row of {model.__tablename__}"
    return foreign


def refused_or_nothing(session: Session, statement: Any) -> bool:
    """Run ``statement``; true if the database refused it or found no row for it."""
    savepoint = session.begin_nested()
    try:
        result = session.execute(statement, execution_options={"synchronize_session": False})
        return result.rowcount == 0
    except ProgrammingError as error:
        return is_a_missing_right(error)
    finally:
        savepoint.rollback()


def is_a_missing_right(error: ProgrammingError) -> bool:
    """Tell a refusal from a statement that was wrong by itself."""
    return error.orig is not None and error.orig.pgcode == "42501"


@every_model
def test_every_model_has_rows_of_both_tenants(model, inventory: Inventory, world):
    tenants = {row.tenant_id for row in inventory.of(model)}
    assert {world.north.tenant.id, world.south.tenant.id} <= tenants


@every_model
def test_a_scope_sees_exactly_its_own_rows(model, scope: Scope, inventory: Inventory, session: Session):
    foreign_to(inventory, model, scope)
    enter_scope(session, scope)
    assert keys(session, model) == inventory.keys_for(model, scope)


@every_model
def test_a_count_gives_nothing_of_others_away(model, scope: Scope, inventory: Inventory, session: Session):
    enter_scope(session, scope)
    counted = session.scalar(select(func.count()).select_from(model))
    assert counted == len(inventory.keys_for(model, scope))


@every_model
def test_a_row_of_others_cannot_be_added(model, scope: Scope, inventory: Inventory, session: Session):
    foreign = foreign_to(inventory, model, scope)
    enter_scope(session, scope)
    let_in = [row.key for row in foreign if not _refused(session, insert(model.__table__).values(row.values))]
    assert let_in == []


def _refused(session: Session, statement: Any) -> bool:
    """Run an INSERT; only a missing right counts as a refusal, not a key that exists already."""
    with pytest.raises(ProgrammingError) as raised, session.begin_nested():
        session.execute(statement)
    return is_a_missing_right(raised.value)


@every_model
@pytest.mark.parametrize("deed", ["change", "remove"])
def test_a_row_of_others_cannot_be_touched(
    model, deed: str, scope: Scope, inventory: Inventory, session: Session
):
    foreign = foreign_to(inventory, model, scope)
    enter_scope(session, scope)
    statement = DEEDS[deed]
    touched = [row.key for row in foreign if not refused_or_nothing(session, statement(model, row))]
    assert touched == []


def _same_again(model: Any, row: Owned) -> Any:
    column = list(model.__table__.columns)[-1]  # of a CDR, the only one that may change
    return update(model.__table__).where(is_row(model, row)).values({column: column})


DEEDS: dict[str, Callable[[Any, Owned], Any]] = {
    "change": _same_again,
    "remove": lambda model, row: delete(model.__table__).where(is_row(model, row)),
}


@every_model
def test_an_own_row_cannot_be_moved_to_another_tenant(
    model, scope: Scope, inventory: Inventory, session: Session, world
):
    own = [row for row in inventory.of(model) if inventory.exists_for(model, row, scope)]
    tenant = primary_key(model)[0]
    enter_scope(session, scope)
    for row in own:
        moved = update(model.__table__).where(is_row(model, row)).values({tenant: world.south.tenant.id})
        assert refused_or_nothing(session, moved), row.key


NAME_AN_ACCOUNT = [model for model in MODELS if hasattr(model, "account_id")]


@pytest.mark.parametrize("model", NAME_AN_ACCOUNT, ids=lambda model: model.__tablename__)
def test_an_own_row_cannot_be_given_to_a_foreign_account(
    model, inventory: Inventory, session: Session, world
):
    north = world.north
    for account, foreign in (
        (north.reseller, north.client),
        (north.client, north.resold),
        (north.resold, north.reseller),
    ):
        own = Scope.of_account(north.tenant.id, account.id)
        enter_scope(session, own)
        for row in [row for row in inventory.of(model) if inventory.exists_for(model, row, own)]:
            given = update(model.__table__).where(is_row(model, row))
            given = given.values({"account_id": foreign.id} | _lineage(model, foreign))
            assert refused_or_nothing(session, given), row.key


def _lineage(model: Any, account: Any) -> dict[str, Any]:
    return {"lineage": account.lineage} if hasattr(model, "lineage") else {}


CONTACTS = text("SELECT endpoint FROM switch.ps_contacts ORDER BY 1")


def test_the_contacts_of_phones_are_fenced_too(scope: Scope, session: Session, world):
    north = world.north
    under_reseller = ["north-201"]
    phones = {
        None: ["north-101", "north-201"],
        north.reseller.id: under_reseller,
        north.resold.id: under_reseller,
        north.client.id: ["north-101"],
    }
    enter_scope(session, scope)
    assert session.scalars(CONTACTS).all() == phones[scope.account_id]
