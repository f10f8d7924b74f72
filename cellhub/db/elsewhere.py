"""A database that this machine does not run: its log-ins and tables made, or waited for.

An installation on one machine knows its server's superuser; in a cluster there are addresses
in a Secret, and several processes that start before the tables are there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from cellhub.db import migrate
from cellhub.db.roles import AGENT, PORTAL, close_database, ensure_database
from cellhub.db.scope import DatabaseRole, Scope
from cellhub.db.session import make_engine, make_session_factory, scoped

APPLICATION = "cellhub-tables"
POLL_SECONDS = 0.5
REVISION = "alembic_version"


class DatabaseProblem(Exception):
    """The database cannot be made or waited for; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the log-ins of one database find it; without ``admin`` they are somebody else's to make."""

    owner: str
    portal: str
    agent: str
    admin: str | None = None

    def check(self) -> None:
        """Refuse addresses that are not of one database, or not of the log-ins that they are for.

        Raises:
            DatabaseProblem: names the address, and never shows it.
        """
        for key, login in LOGINS.items():
            if make_url(getattr(self, key)).username != login:
                raise DatabaseProblem(f"The address {key} must be that of the login {login}.")
        places = {(url.host, url.port, url.database) for url in map(make_url, self._of_logins())}
        if len(places) > 1:
            raise DatabaseProblem("The addresses owner, portal and agent must name one database.")

    def _of_logins(self) -> list[str]:
        return [getattr(self, key) for key in LOGINS]

    @property
    def database(self) -> str:
        """The database's name."""
        return str(make_url(self.owner).database)

    def passwords(self) -> dict[str, str]:
        """The password of each login."""
        return {login: str(make_url(getattr(self, key)).password) for key, login in LOGINS.items()}


LOGINS = {"owner": DatabaseRole.OWNER.value, "portal": PORTAL.name, "agent": AGENT.name}
"""The login that each address must be of."""


def make_tables(addresses: Addresses, seconds: float) -> bool:
    """Make the log-ins that are missing and bring the tables to this release; False if they were newer.

    Tables that a newer release made stay: they still serve this one (expand, then contract), and
    a release that was rolled back must start.

    Raises:
        DatabaseProblem: no server answers within ``seconds``, or an address is wrong.
    """
    addresses.check()
    _wait_for_server(addresses.admin or addresses.owner, seconds)
    if addresses.admin:
        ensure_database(addresses.admin, addresses.database, addresses.passwords(), (PORTAL, AGENT))
        close_database(addresses.admin, addresses.database)
    if not bring_tables(addresses.owner):
        return False
    _let_everybody_read_the_revision(addresses.owner)
    return True


def bring_tables(owner_url: str) -> bool:
    """Bring the tables to this release; False, and untouched, if a newer one made them."""
    if revision_of(owner_url) not in {None, *_known()}:
        return False
    migrate.upgrade(owner_url)
    return True


def wait_for_tables(portal_url: str, seconds: float) -> None:
    """Return when the tables are as new as this release, or newer.

    Raises:
        DatabaseProblem: they are not within ``seconds``; says what was seen last.
    """
    engine = make_engine(portal_url, application=APPLICATION, pool_size=1)
    sessions = make_session_factory(engine)

    def revision() -> str | None:
        with scoped(sessions, Scope.platform()) as session:
            return _revision(session.connection())

    try:
        _until(lambda: _serves(revision()), seconds)
    finally:
        engine.dispose()


def _serves(revision: str | None) -> str:
    """Say what is wrong with tables of this revision for this release; nothing if they serve it."""
    if revision is None:
        return "it has no tables yet"
    older = _known() - {_head()}
    return f"its tables are of the older revision {revision}" if revision in older else ""


def _until(trouble: Callable[[], str], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            seen = trouble()
        except (OperationalError, ProgrammingError) as error:
            seen = str(error.orig).strip().partition("\n")[0]
        if not seen:
            return
        if time.monotonic() > deadline:
            raise DatabaseProblem(f"Waited {seconds:.0f} s for the database: {seen}.")
        time.sleep(POLL_SECONDS)


def _wait_for_server(url: str, seconds: float) -> None:
    engine = make_engine(url, application=APPLICATION, pool_size=1)

    def ask() -> str:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return ""

    try:
        _until(ask, seconds)
    finally:
        engine.dispose()


def revision_of(url: str) -> str | None:
    """The revision of the tables, asked as their owner; None if there are none."""
    engine = make_engine(url, application=APPLICATION, pool_size=1)
    with engine.connect() as connection:
        found = _revision(connection)
    engine.dispose()
    return found


def _revision(connection: Connection) -> str | None:
    if connection.scalar(text("SELECT to_regclass(:table)"), {"table": REVISION}) is None:
        return None
    return connection.scalar(text(f"SELECT version_num FROM {REVISION}"))  # noqa: S608


def _let_everybody_read_the_revision(url: str) -> None:
    engine = make_engine(url, application=APPLICATION, pool_size=1)
    with engine.begin() as connection:
        connection.execute(text(f"GRANT SELECT ON {REVISION} TO {DatabaseRole.PLATFORM}"))
    engine.dispose()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(migrate.config(""))


def _known() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


def _head() -> str:
    return str(_scripts().get_current_head())
