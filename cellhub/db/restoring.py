"""Bring a saved database back, in the place of the one that is there."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from cellhub.db.elsewhere import Addresses, DatabaseProblem, make_tables
from cellhub.db.roles import AGENT, PORTAL, close_database, ensure_database
from cellhub.db.server import administering, for_programs, quoted

ASIDE = "_restoring"
"""What the name of a database ends with until all that was saved is in it."""

TENANTS = "SELECT count(*) FROM tenant WHERE id > 0"


class NotRestored(Exception):
    """The database is as it was; the text says why."""


@contextmanager
def _refusals_told() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise DatabaseProblem(f"The server refuses a statement: {reason}.") from error


@_refusals_told()
def restore(programs: Path, addresses: Addresses, saved: IO[bytes], *, replace: bool, seconds: float) -> None:
    """Put what a file of ``pg_dump`` holds in the place of the database, in this release's tables.

    It goes into a database aside first, so that a file that cannot be read spoils nothing. Whoever is
    connected to the one that goes is sent away, and finds the other one. ``seconds`` are how long to
    wait for the server.

    Raises:
        NotRestored: the file cannot be read, or there are tenants, which only ``replace`` allows to lose.
        DatabaseProblem: no server answers, it refuses a statement, or an address is wrong.
    """
    assert addresses.admin is not None
    make_tables(addresses, seconds)
    if not replace:
        _refuse_to_lose_tenants(addresses)
    aside = addresses.database + ASIDE
    with administering(addresses.admin) as server:
        _drop(server, aside)
        ensure_database(addresses.admin, aside, addresses.passwords(), (PORTAL, AGENT))
        try:
            _fill(programs, addresses.admin, aside, saved)
        except NotRestored:
            _drop(server, aside)
            raise
        close_database(addresses.admin, aside)
        _drop(server, addresses.database)
        old, new = (quoted(server, name) for name in (aside, addresses.database))
        server.execute(text(f"ALTER DATABASE {old} RENAME TO {new}"))
    make_tables(addresses, seconds)


def _refuse_to_lose_tenants(addresses: Addresses) -> None:
    with administering(make_url(addresses.admin or "").set(database=addresses.database)) as database:
        tenants = database.scalar(text(TENANTS))
    if tenants:
        raise NotRestored(f"Tenants in the database: {tenants}. With --replace they are lost.")


def _fill(programs: Path, admin_url: str, database: str, saved: IO[bytes]) -> None:
    address, environment = for_programs(admin_url, database)
    done = subprocess.run(  # noqa: S603  a program of our own wheel
        [str(programs / "pg_restore"), "--exit-on-error", "--no-password", f"--dbname={address}"],
        env=environment,
        stdin=saved,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotRestored(done.stderr.strip() or f"pg_restore ended with {done.returncode}.")


def _drop(server: Connection, database: str) -> None:
    server.execute(text(f"DROP DATABASE IF EXISTS {quoted(server, database)} WITH (FORCE)"))
