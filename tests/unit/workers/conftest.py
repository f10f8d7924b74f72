"""A database to which jobs commit, and a broker in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dramatiq.brokers.stub import StubBroker
from sqlalchemy.orm import Session, sessionmaker

from cellhub.db.roles import PORTAL
from cellhub.db.scope import PLATFORM_TENANT, Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.db.tenancy import Tenant
from cellhub.workers.broker import middleware


@pytest.fixture
def sessions(own_database) -> Iterator[sessionmaker[Session]]:
    """Sessions of the worker's login; the platform's tenant is there."""
    engine = make_engine(own_database.url(PORTAL.name), application="tests")
    factory = make_session_factory(engine)
    with scoped(factory, Scope.platform()) as session:
        session.add(Tenant(id=PLATFORM_TENANT, slug="platform", name="Platform"))
    yield factory
    engine.dispose()


@pytest.fixture
def broker() -> Iterator[StubBroker]:
    """A broker in memory with the middleware of the real one."""
    stub = StubBroker(middleware=middleware())
    stub.emit_after("process_boot")
    yield stub
    stub.flush_all()
    stub.close()
