"""PgBouncer between Asterisk and the database: it ends a look-up that Asterisk would wait for."""

from __future__ import annotations

from pathlib import Path

from cellhub.switch.sockets import connected

POOLER_PORT = 6432
"""Names its socket; nothing listens on a port of the machine."""

SOCKET = f".s.PGSQL.{POOLER_PORT}"
COMMAND = ("pgbouncer", "/etc/asterisk/pgbouncer.ini")


def listens(run: Path) -> bool:
    """Say whether it is there for Asterisk, whose folder of sockets is ``run``."""
    try:
        with connected(run, SOCKET, seconds=1.0):
            return True
    except OSError:
        return False
