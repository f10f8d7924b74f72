"""A committed world with a row of every model; each test acts in it and takes back what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pyramid.router import Router
from sqlalchemy.orm import Session

from cellhub.db.roles import PORTAL
from cellhub.db.scope import DatabaseRole, Scope
from cellhub.db.session import make_engine, make_session_factory
from cellhub.security.roles import Role
from tests.factories.world import World, make_world
from tests.fixtures.database import Database
from tests.fixtures.portal import OpenPortal, router_on
from tests.fixtures.shop import tie_switch
from tests.tenancy.rows import Inventory, add_every_row
from tests.tenancy.visitors import Visitor

Visit = Callable[[Role | None], Visitor]
NAME = "cellhub_test_tenancy"


@pytest.fixture(scope="session")
def database(installation, postgres, template) -> Iterator[Database]:
    """A database of this tier's own, since what is committed here others must not meet."""
    postgres.copy_database(template, NAME, DatabaseRole.OWNER)
    yield Database(installation, NAME)
    postgres.drop_database(NAME)


@pytest.fixture(scope="session")
def router(database: Database) -> Router:
    """The portal on this tier's database."""
    return router_on(database)


@pytest.fixture(scope="session")
def settled(postgres, database: Database) -> World:
    """The world as it was committed, bound to no session."""
    engine = make_engine(database.url(PORTAL.name), application="tests")
    with make_session_factory(engine).begin() as session:
        world = make_world(session)
        add_every_row(session, world)
        for company in (world.north, world.south):
            tie_switch(session, company)
    engine.dispose()
    _register_phones(postgres, world)
    return world


def _register_phones(postgres, world: World) -> None:
    """Only an Asterisk writes contacts, as the login of its own tenant; here the superuser does."""
    statement = "INSERT INTO switch.ps_contacts (tenant_id, id, endpoint) VALUES (%s, %s, %s)"
    with postgres.superuser(NAME) as connection, connection.cursor() as cursor:
        for company in (world.north, world.south):
            for sip_user in (company.sip_user, company.resold_sip_user):
                cursor.execute(
                    statement, (company.tenant.id, f"{sip_user.username}@phone", sip_user.username)
                )


@pytest.fixture
def world(settled: World, session: Session) -> World:
    """The committed world, seen through the test's own transaction."""
    world = replace(settled, session=session)
    world.see_everything()
    return world


@pytest.fixture
def visit(portal: OpenPortal, world: World) -> Visit:
    """Open the portal as a role of the north tenant or, with None, as a stranger."""
    return lambda role: Visitor(portal(role), world)


@pytest.fixture(scope="session")
def inventory(settled: World, database: Database) -> Inventory:
    """Every row of the world and whose it is."""
    engine = make_engine(database.url(PORTAL.name), application="tests")
    with make_session_factory(engine)() as session:
        inventory = Inventory(session)
    engine.dispose()
    return inventory


@pytest.fixture(params=["tenant", "reseller", "resold", "client"])
def scope(request: pytest.FixtureRequest, settled: World) -> Scope:
    """The scopes of the north tenant."""
    north = settled.north
    if request.param == "tenant":
        return Scope.of_tenant(north.tenant.id)
    return Scope.of_account(north.tenant.id, getattr(north, request.param).id)


@pytest.fixture
def superuser(postgres, database: Database) -> Iterator:
    """A cursor that sees the catalogue whole."""
    with postgres.superuser(database.name) as connection, connection.cursor() as cursor:
        yield cursor
