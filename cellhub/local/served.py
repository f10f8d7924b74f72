"""PostgreSQL for others than this machine: the chart's built-in database, one pod with one disk.

It is the same server from the same wheel. What differs is who may come: every login over TCP
from anywhere, with its password, the superuser too; a network policy keeps strangers away.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from psycopg2 import sql
from pydantic import Field, SecretStr

from cellhub.local.database import POLL_SECONDS, SUPERUSER, PostgresServer
from cellhub.local.settings import LocalSettings

EVERYWHERE = "*"
CONNECTIONS = 200
ACCESS = """\
# Whoever may enter the folder of the socket is trusted; everybody else proves a password.
local all all trust
host all all all scram-sha-256
"""


class ServedSettings(LocalSettings):
    """What ``cellhub db serve`` reads."""

    database_password_file: Path = Field(description="file with the superuser's password")

    def password(self) -> SecretStr:
        """Read it."""
        return SecretStr(self.database_password_file.read_text().strip())


def serve(settings: ServedSettings) -> int:
    """Run the server until a signal ends it; its log is our output."""
    home = settings.home.resolve()
    server = PostgresServer.at(home / "postgres", settings.database_port)
    process = subprocess.Popen(_command(server), stdout=sys.stderr, stderr=sys.stderr, **_account(server))
    # PostgreSQL's fast shutdown: clients are sent away instead of waited for.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.send_signal(signal.SIGINT))
    while process.poll() is None and not server.accepts():  # after a crash it recovers first
        time.sleep(POLL_SECONDS)
    if process.poll() is None:
        _set_password(server, settings.password())
    return process.wait()


def _command(server: PostgresServer) -> list[str]:
    access = server.placement.data / "access.conf"
    access.write_text(ACCESS)
    return [
        *server.command(listen=EVERYWHERE, connections=CONNECTIONS),
        *("-c", f"hba_file={access}"),
    ]


def _account(server: PostgresServer) -> dict[str, Any]:
    return {"cwd": "/"} | ({"user": server.placement.account} if server.placement.account else {})


def _set_password(server: PostgresServer, password: SecretStr) -> None:
    """Set it at every start, so that a rotated one takes effect."""
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(
        sql.Identifier(SUPERUSER), sql.Literal(password.get_secret_value())
    )
    with server.superuser() as connection, connection.cursor() as cursor:
        cursor.execute("SET log_statement = 'none'")
        cursor.execute(statement)
