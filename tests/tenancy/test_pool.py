"""A connection that goes back to the pool takes no scope with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from cellhub.db.roles import PORTAL
from cellhub.db.scope import Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.db.tenancy import Account
from tests.fixtures.database import Database

LEFT = text(
    "SELECT pg_backend_pid(), current_user, coalesce(current_setting('cellhub.tenant_id', true), ''),"
    " coalesce(current_setting('cellhub.account_id', true), '')"
)


@pytest.fixture
def one_connection(database: Database) -> Iterator[sessionmaker[Session]]:
    """Sessions that take turns on a single connection."""
    engine = make_engine(database.url(PORTAL.name), application="tests", pool_size=1)
    yield make_session_factory(engine)
    engine.dispose()


def scope_left(factory: sessionmaker[Session]) -> tuple:
    with factory.begin() as session:
        return tuple(session.execute(LEFT).one())


@pytest.mark.parametrize("ends_by", [None, ZeroDivisionError], ids=["commit", "rollback"])
def test_the_next_user_of_a_connection_starts_without_a_scope(one_connection, scope: Scope, ends_by):
    with suppress(ZeroDivisionError), scoped(one_connection, scope) as session:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        assert session.scalar(select(func.count()).select_from(Account)) > 0
        if ends_by:
            raise ends_by
    assert scope_left(one_connection) == (pid, PORTAL.name, "", "")


def test_the_next_user_of_a_connection_sees_no_row(one_connection, scope: Scope):
    with scoped(one_connection, scope):
        pass
    with one_connection.begin() as session, pytest.raises(ProgrammingError, match="permission denied"):
        session.scalar(select(func.count()).select_from(Account))
