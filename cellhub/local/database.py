"""The PostgreSQL server of one installation: made, started, asked.

Inside, over a Unix socket in a folder of mode 0700, whoever may enter is trusted as the
superuser. Over TCP, on 127.0.0.1 only, each login proves its own password (SCRAM).
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from cellhub.db.roles import close_database
from cellhub.local.placement import Placement, place
from cellhub.local.problem import Problem

SUPERUSER = "postgres"
HOST = "127.0.0.1"
CONNECTIONS = 120
START_SECONDS = 30.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.05
# sun_path holds 108 bytes, its end included.
SOCKET_PATH_BYTES = 107


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server at ``port`` of the loopback address."""

    placement: Placement
    port: int

    @classmethod
    def at(cls, folder: Path, port: int) -> PostgresServer:
        """Return the server whose files ``folder`` stands for, making the cluster the first time."""
        server = cls(place(folder), port)
        server.initialise()
        return server

    def initialise(self) -> None:
        """Make the database cluster unless it exists."""
        self._check_socket_path()
        self.placement.own(self.placement.socket)
        self.placement.own(self.placement.data)
        if (self.placement.data / "PG_VERSION").exists():
            return
        command = [str(self.placement.programs / "initdb"), f"--pgdata={self.placement.data}"]
        options = [f"--username={SUPERUSER}", "--auth-local=trust", "--auth-host=scram-sha-256"]
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self.placement.run([*command, *options, *locale])

    def command(self, listen: str = HOST, connections: int = CONNECTIONS) -> list[str]:
        """Return the command that runs the server in the foreground, as the placement's account."""
        settings = {
            "timezone": "UTC",
            "log_timezone": "UTC",
            "unix_socket_permissions": "0700",
            "max_connections": str(connections),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        where = ["-D", str(self.placement.data), "-k", str(self.placement.socket)]
        address = ["-h", listen, "-p", str(self.port)]
        return [str(self.placement.programs / "postgres"), *where, *address, *options]

    @staticmethod
    def url(port: int, login: str, password: str, database: str) -> str:
        """Return the SQLAlchemy address of ``database`` for ``login``, over TCP."""
        return f"postgresql+psycopg2://{login}:{quote(password, safe='')}@{HOST}:{port}/{database}"

    def superuser_url(self) -> str:
        """Return the SQLAlchemy address of the superuser, over the socket."""
        socket = quote(str(self.placement.socket), safe="")
        return f"postgresql+psycopg2://{SUPERUSER}@/{SUPERUSER}?host={socket}&port={self.port}"

    @contextmanager
    def superuser(self, database: str = SUPERUSER) -> Iterator[Connection]:
        """Connect over the socket as the superuser; every statement commits by itself."""
        socket = str(self.placement.socket)
        connection = psycopg2.connect(host=socket, port=self.port, user=SUPERUSER, dbname=database)
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    def accepts(self) -> bool:
        """Say whether the server answers."""
        with suppress(psycopg2.OperationalError), self.superuser():
            return True
        return False

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Return as soon as the server answers."""
        deadline = time.monotonic() + seconds
        while not self.accepts():
            if time.monotonic() > deadline:
                raise Problem(f"PostgreSQL did not answer on port {self.port} within {seconds:.0f} s.")
            time.sleep(POLL_SECONDS)

    @contextmanager
    def running(self, log: Path, listen: str = HOST) -> Iterator[PostgresServer]:
        """Run the server for the length of the block; a process manager does this otherwise."""
        process = self.placement.start(self.command(listen), log)
        try:
            self.wait()
            yield self
        finally:
            process.send_signal(signal.SIGINT)  # fast shutdown: clients are sent away
            process.wait(STOP_SECONDS)

    def close_database(self, name: str) -> None:
        """Let only its owner and our own logins connect to the database ``name``."""
        close_database(self.superuser_url(), name)

    def copy_database(self, template: str, name: str, owner: str) -> None:
        """Make ``name`` as a copy of ``template``, to which nobody may be connected."""
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY")
        with self.superuser() as connection, connection.cursor() as cursor:
            cursor.execute(statement.format(*map(sql.Identifier, (name, owner, template))))
        self.close_database(name)

    def drop_database(self, name: str) -> None:
        """Drop ``name`` and send away whoever is connected to it."""
        with self.superuser() as connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _check_socket_path(self) -> None:
        path = self.placement.socket / f".s.PGSQL.{self.port}.lock"
        if len(str(path)) > SOCKET_PATH_BYTES:
            raise Problem(
                f"CELLHUB_HOME is too deep for a Unix socket: {path} has {len(str(path))} characters, "
                f"{SOCKET_PATH_BYTES} are possible. Name a shorter folder."
            )
