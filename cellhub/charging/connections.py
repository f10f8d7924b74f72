"""Connections of the charging path: few, kept open, in autocommit, each string one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from queue import Empty, LifoQueue
from threading import BoundedSemaphore
from typing import Any

import psycopg2
from psycopg2.extensions import connection as AnyConnection
from sqlalchemy import make_url

from cellhub.charging.prepared import prepared

CONNECT_SECONDS = 2
STATEMENT_MS = 2_000
WAIT_SECONDS = 2.0
# A host that vanished answers nothing: without these the kernel would wait for a quarter of an hour.
SILENCE = {
    "tcp_user_timeout": 3_000,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 2,
}
# A deed touches a few rows by their keys, so it goes through indexes row by row, however
# small a table was when the plan was made.
SETTINGS = {
    "statement_timeout": STATEMENT_MS,
    "timezone": "UTC",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}

# The last one: after a failover the old primary may still answer, but it takes no more writes.
BROKEN = (psycopg2.OperationalError, psycopg2.InterfaceError, psycopg2.errors.ReadOnlySqlTransaction)

Row = tuple[Any, ...]


class DatabaseAway(Exception):
    """PostgreSQL could not be asked, or whether it did what it was asked is unknown."""


class Connection(AnyConnection):  # type: ignore[misc]  # psycopg2 has no types
    """A connection, and the names of the statements that it has prepared."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.known: set[str] = set()


class Connections:
    """At most ``size`` connections to one database, for any number of threads."""

    def __init__(self, url: str, *, application: str, size: int) -> None:
        self._options = make_url(url).translate_connect_args(username="user", database="dbname")
        self._application = application
        self._places = BoundedSemaphore(size)
        self._idle: LifoQueue[Connection] = LifoQueue()

    def run(self, statement: str, values: Mapping[str, Any]) -> list[Row]:
        """Run a string of statements and return the rows of its last one.

        A connection that broke is replaced and the string sent once more with ``again``
        true, since it may have been committed and its answer lost.

        Raises:
            DatabaseAway: it broke again, cannot be reached, or took too long.
        """
        if not self._places.acquire(timeout=WAIT_SECONDS):
            raise DatabaseAway("All connections are busy.")
        try:
            return self._run(statement, values)
        finally:
            self._places.release()

    def _run(self, statement: str, values: Mapping[str, Any]) -> list[Row]:
        try:
            return self._once(self._take(), statement, {**values, "again": False})
        except psycopg2.errors.QueryCanceled as error:
            raise DatabaseAway(str(error)) from error
        except BROKEN:
            self.close()  # whatever ended this one has ended the idle ones too
        try:
            return self._once(self.open(), statement, {**values, "again": True})
        except BROKEN as error:
            raise DatabaseAway(str(error)) from error

    def _once(self, connection: Connection, statement: str, values: Mapping[str, Any]) -> list[Row]:
        try:
            return _run(connection, statement, values)
        except BROKEN:
            connection.close()
            raise
        finally:
            if not connection.closed:
                self._idle.put(connection)

    def _take(self) -> Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            return self.open()

    def open(self) -> Connection:
        """Connect outside the pool; the caller closes it."""
        connection: Connection = psycopg2.connect(
            **self._options,
            connection_factory=Connection,
            application_name=self._application,
            connect_timeout=CONNECT_SECONDS,
            **SILENCE,
            options=" ".join(f"-c {name}={value}" for name, value in SETTINGS.items()),
        )
        connection.autocommit = True
        return connection

    def close(self) -> None:
        """End the idle connections."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return


def _run(connection: Connection, statement: str, values: Mapping[str, Any]) -> list[Row]:
    deed = prepared(statement)
    with connection.cursor() as cursor:
        if missing := deed.prepare(connection.known):
            cursor.execute(missing, values)
            connection.known |= deed.names
        cursor.execute(deed.execute, values)
        return cursor.fetchall() if cursor.description else []
