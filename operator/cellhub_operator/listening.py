"""Hear from the database that a tenant's files changed: by a Trunk, or by somebody in the portal."""

from __future__ import annotations

import json
import select
from collections.abc import Callable
from contextlib import closing
from threading import Event, Thread

import psycopg2
import structlog
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from psycopg2.extensions import connection as Connection
from sqlalchemy import make_url

from cellhub.db.notify import SWITCH_CHANNEL

WAIT_SECONDS = 1.0
RETRY_SECONDS = 2.0
logger = structlog.get_logger(__name__)


class Listener:
    """Calls ``changed`` with the tenant's id, in a thread of its own. What it misses the timers find."""

    def __init__(self, url: str, changed: Callable[[int], None]) -> None:
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._changed = changed
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._stopped.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                with closing(psycopg2.connect(self._url, connect_timeout=3)) as connection:
                    self._listen(connection)
            except psycopg2.Error as error:
                logger.warning("listener.no_database", reason=str(error).strip())
            self._stopped.wait(RETRY_SECONDS)

    def _listen(self, connection: Connection) -> None:
        connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {SWITCH_CHANNEL}")
        while not self._stopped.is_set():
            if select.select([connection], [], [], WAIT_SECONDS)[0]:
                connection.poll()
            heard, connection.notifies = connection.notifies, []
            for tenant_id in sorted({one for one in map(_concerned, heard) if one is not None}):
                self._tell(tenant_id)

    def _tell(self, tenant_id: int) -> None:
        try:
            self._changed(tenant_id)
        except Exception:  # whatever it is, the tenant's timer tries again
            logger.exception("listener.failed", tenant=tenant_id)


def _concerned(message: object) -> int | None:
    """The tenant whose files are to be written anew, if the message says so."""
    try:
        deed = json.loads(message.payload)  # type: ignore[attr-defined]
    except ValueError:
        return None
    if not isinstance(deed, dict) or not deed.get("render") or not isinstance(deed.get("tenant"), int):
        return None
    return int(deed["tenant"])
