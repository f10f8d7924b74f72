"""Sessions of the installation itself, for what it does between two processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.db.roles import PORTAL
from cellhub.db.scope import Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.db.tenancy import Tenant
from cellhub.local.installation import Installation
from cellhub.local.problem import Problem
from cellhub.local.supervisor import Supervisor


@contextmanager
def session_in(installation: Installation, scope: Scope) -> Iterator[Session]:
    """A transaction in ``scope``, committed at the end of the block."""
    engine = make_engine(installation.database_url(PORTAL.name), application="cellhub run", pool_size=1)
    try:
        with scoped(make_session_factory(engine), scope) as session:
            yield session
    finally:
        engine.dispose()


@contextmanager
def tenant_session(installation: Installation) -> Iterator[Session]:
    """A transaction that sees the installation's tenant and no other."""
    with tenant_sessions(installation) as sessions, sessions() as session:
        yield session


@contextmanager
def tenant_sessions(installation: Installation) -> Iterator[Callable[[], AbstractContextManager[Session]]]:
    """Give transactions, one after the other, that see the installation's tenant and no other."""
    slug = installation.settings.tenant
    engine = make_engine(installation.database_url(PORTAL.name), application="cellhub run", pool_size=1)
    factory = make_session_factory(engine)
    try:
        with scoped(factory, Scope.platform()) as session:
            tenant_id = session.scalars(select(Tenant.id).where(Tenant.slug == slug)).one()
        yield lambda: scoped(factory, Scope.of_tenant(tenant_id))
    finally:
        engine.dispose()


def check_database(installation: Installation) -> None:
    """Refuse to ask a database that is not there.

    Raises:
        Problem: the installation does not run.
    """
    if not Supervisor(installation).answers():
        raise Problem("CellHub does not run, so its database cannot be asked. Start it: make run")
