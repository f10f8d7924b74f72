"""A database server as whoever administers it meets it: by statements, and by PostgreSQL's own programs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, make_url, pool
from sqlalchemy.engine import URL


@contextmanager
def administering(url: str | URL) -> Iterator[Connection]:
    """Connect for statements that are no transaction's, such as making a database; each stands at once."""
    engine = create_engine(url, poolclass=pool.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def quoted(connection: Connection, name: str) -> str:
    """A name as it stands in a statement."""
    return str(connection.dialect.identifier_preparer.quote(name))


def for_programs(url: str, database: str) -> tuple[str, dict[str, str]]:
    """Where ``database`` is for a program of PostgreSQL, and the environment to run it in.

    The password is in the environment alone: the list of processes shows everybody the words.
    """
    place = make_url(url).set(drivername="postgresql", database=database)
    address = place._replace(password=None).render_as_string()
    return address, os.environ | {"PGPASSWORD": str(place.password or "")}
