"""Credit is booked once for each form, whatever else moves the balance meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from cellhub.accounts.audit import Actor
from cellhub.accounts.models import AuditEntry
from cellhub.db.roles import PORTAL
from cellhub.db.scope import Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.db.tenancy import Account
from cellhub.money import services
from cellhub.money.models import LedgerEntry
from tests.factories.world import OPENING_CREDIT, World, make_world

AT_ONCE = 6


@pytest.fixture
def factory(own_database) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(own_database.url(PORTAL.name), application="tests", pool_size=AT_ONCE)
    yield make_session_factory(engine)
    engine.dispose()


@pytest.fixture
def world(factory) -> World:
    with factory.begin() as session:
        return make_world(session)


def add(factory, world, form_id, amount="10"):
    client = world.north.client
    with scoped(factory, Scope.of_tenant(client.tenant_id)) as session:
        account = session.get_one(Account, (client.tenant_id, client.id))
        entry = services.add_credit(
            session,
            Actor(client.tenant_id, "Deniz"),
            account,
            amount=Decimal(amount),
            note="Bank transfer",
            form_id=form_id,
        )
        return entry.id


def read(factory, world, query):
    with scoped(factory, Scope.of_tenant(world.north.tenant.id)) as session:
        return session.scalars(query).all()


def balance(factory, world):
    return read(factory, world, select(Account.balance).where(Account.id == world.north.client.id))[0]


def test_the_same_form_from_many_clicks_at_once_is_one_entry(factory, world):
    with ThreadPoolExecutor(AT_ONCE) as clicks:
        entries = set(clicks.map(lambda _: add(factory, world, "a" * 32), range(AT_ONCE)))
    assert len(entries) == 1
    assert balance(factory, world) == OPENING_CREDIT + 10
    assert len(read(factory, world, select(AuditEntry))) == 1


def test_different_forms_at_once_all_count_and_each_line_has_its_balance(factory, world):
    with ThreadPoolExecutor(AT_ONCE) as clicks:
        list(clicks.map(lambda n: add(factory, world, f"{n:032x}"), range(AT_ONCE)))
    ledger = (
        select(LedgerEntry).where(LedgerEntry.account_id == world.north.client.id).order_by(LedgerEntry.id)
    )
    after = [entry.balance_after for entry in read(factory, world, ledger)]
    assert after == [OPENING_CREDIT + 10 * n for n in range(AT_ONCE + 1)]
    assert balance(factory, world) == after[-1]


@pytest.mark.parametrize("amount", ["0", "-5", "-0.000001"])
def test_what_is_not_above_zero_is_no_credit(factory, world, amount):
    with pytest.raises(ValueError, match="above zero"):
        add(factory, world, "a" * 32, amount)
    assert balance(factory, world) == OPENING_CREDIT


def test_the_export_streams_the_ledger_of_the_scope(factory, world):
    add(factory, world, "a" * 32)
    client = world.north.client
    query = services.entries_of(client).order_by(LedgerEntry.id.desc())
    own = Scope.of_account(client.tenant_id, client.id)
    assert [entry.amount for entry in services.export(factory, own, query)] == [10, OPENING_CREDIT]
    other = Scope.of_account(client.tenant_id, world.north.resold.id)
    assert list(services.export(factory, other, query)) == []
