"""Sessions of the installation itself, for what it does between two processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

from cellhub.db.roles import PORTAL
from cellhub.db.scope import Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.db.tenancy import Tenant
from cellhub.local.installation import Installation
from cellhub.local.problem import Problem
from cellhub.local.settings import LocalSettings
from cellhub.local.supervisor import Supervisor

APPLICATION = "cellhub run"
Sessions = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction."""


@contextmanager
def session_in(installation: Installation, scope: Scope) -> Iterator[Session]:
    """A transaction in ``scope``, committed at the end of the block."""
    with session_at(installation.database_url(PORTAL.name), scope) as session:
        yield session


@contextmanager
def session_at(url: str, scope: Scope) -> Iterator[Session]:
    """A transaction in ``scope`` of the database at ``url``, committed at the end of the block."""
    engine = make_engine(url, application=APPLICATION, pool_size=1)
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
def tenant_sessions(installation: Installation) -> Iterator[Sessions]:
    """Give transactions, one after the other, that see the installation's tenant and no other."""
    with sessions_of(installation.database_url(PORTAL.name), installation.settings.tenant) as sessions:
        yield sessions


@contextmanager
def sessions_of(url: str, slug: str) -> Iterator[Sessions]:
    """Give transactions that see one tenant of the database at ``url``, which the portal's login enters.

    Raises:
        Problem: there is no such tenant.
    """
    engine = make_engine(url, application=APPLICATION, pool_size=1)
    factory = make_session_factory(engine)
    try:
        with scoped(factory, Scope.platform()) as session:
            tenant_id = session.scalar(select(Tenant.id).where(Tenant.slug == slug))
        if tenant_id is None:
            raise Problem(f"CELLHUB_TENANT: the database has no tenant {slug}.")
        yield lambda: scoped(factory, Scope.of_tenant(tenant_id))
    finally:
        engine.dispose()


@contextmanager
def sessions_here(settings: LocalSettings) -> Iterator[Sessions]:
    """Give transactions, one after the other, of the tenant of ``settings``, wherever this command runs.

    Raises:
        Problem: there is no such tenant, or the installation does not run.
    """
    with sessions_of(database_here(settings), settings.tenant) as sessions:
        yield sessions


@contextmanager
def session_here(settings: LocalSettings) -> Iterator[Session]:
    """A single such transaction."""
    with sessions_here(settings) as sessions, sessions() as session:
        yield session


def database_here(settings: LocalSettings) -> str:
    """The portal's database: in a pod at the address that it was given, elsewhere the installation's own.

    Raises:
        Problem: the installation does not run.
    """
    given = settings.database_url.get_secret_value()
    if make_url(given).host:
        return given
    installation = Installation(settings)
    check_database(installation)
    return installation.database_url(PORTAL.name)


def check_database(installation: Installation) -> None:
    """Refuse to ask a database that is not there.

    Raises:
        Problem: the installation does not run.
    """
    if not Supervisor(installation).answers():
        raise Problem("CellHub does not run, so its database cannot be asked. Start it: make run")
