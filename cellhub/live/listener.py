"""The one connection that hears PostgreSQL's notifications."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import psycopg2
import structlog
from psycopg2.extensions import connection as Connection
from sqlalchemy.engine import make_url

from cellhub.db.notify import CHANNEL

log = structlog.get_logger(__name__)

FIRST_WAIT = 0.25
LONGEST_WAIT = 8.0
# A server that vanished without a word is noticed within 25 seconds.
TCP = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "connect_timeout": 3}


class Listener:
    """Calls ``heard`` with each payload and ``lost`` when no more can come; reconnects for ever."""

    def __init__(self, database_url: str, heard: Callable[[str], None], lost: Callable[[], None]) -> None:
        self._dsn = make_url(database_url).set(drivername="postgresql")
        self._heard = heard
        self._lost = lost
        self.up = False

    async def run(self) -> None:
        """Listen until cancelled."""
        wait = FIRST_WAIT
        while True:
            try:
                connection = await asyncio.to_thread(self._connect)
            except psycopg2.Error as error:
                log.warning("not listening", reason=str(error).strip(), retry_seconds=wait)
                await asyncio.sleep(wait * random.uniform(0.75, 1.25))  # noqa: S311  spreads reconnections
                wait = min(wait * 2, LONGEST_WAIT)
                continue
            wait = FIRST_WAIT
            await self._attend(connection)

    def _connect(self) -> Connection:
        dsn = self._dsn.render_as_string(hide_password=False)
        connection = psycopg2.connect(dsn, application_name="cellhub-live", **TCP)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        return connection

    async def _attend(self, connection: Connection) -> None:
        """Hand on what comes until the connection is lost."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[str] = loop.create_future()
        socket = connection.fileno()
        loop.add_reader(socket, self._read, connection, ended)
        self.up = True
        log.info("listening")
        try:
            log.warning("database connection lost", reason=await ended)
        finally:
            self.up = False
            loop.remove_reader(socket)
            connection.close()
            self._lost()

    def _read(self, connection: Connection, ended: asyncio.Future[str]) -> None:
        try:
            connection.poll()
        except psycopg2.Error as error:
            if not ended.done():
                ended.set_result(str(error).strip())
            return
        while connection.notifies:
            self._heard(connection.notifies.pop(0).payload)
