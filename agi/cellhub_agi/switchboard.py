"""What the portal tells the softswitch by way of the database, and what it hears back."""

from __future__ import annotations

import json
import select
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event, RLock, Thread

import psycopg2
import structlog
from psycopg2.extensions import connection as Connection
from sqlalchemy.exc import OperationalError

from cellhub.charging.books import Books, UnknownTenant
from cellhub.charging.connections import DatabaseAway
from cellhub.charging.statements.parts import ENTER
from cellhub.db.notify import SWITCH_CHANNEL
from cellhub.switch.render import ConfigError, endpoints, modules_to_reload
from cellhub.telemetry.metrics import note_registrations
from cellhub_agi.calls import Calls
from cellhub_agi.link import SwitchAway, SwitchLink

WAIT_SECONDS = 1.0
RETRY_SECONDS = 2.0
REGISTRATIONS = (
    ENTER
    + """
UPDATE trunk SET registration = seen.status
FROM unnest(%(trunks)s::text[], %(states)s::text[]) AS seen (name, status)
WHERE tenant_id = %(tenant_id)s AND trunk.name = seen.name AND registration <> seen.status
"""
)
# What renders asks by SQLAlchemy, whose errors are its own.
AWAY = (psycopg2.Error, OperationalError, DatabaseAway, UnknownTenant)
Render = Callable[[], set[str]]
Command = Callable[[str], None]
logger = structlog.get_logger(__name__)


class Switchboard:
    """Renders and reloads when trunks change, forgets SIP users that changed, ends calls.

    It also reports how the trunks are registered.

    ``render`` writes Asterisk's files anew and returns the names of those that changed;
    it is None where somebody else writes them. ``folder`` is where they are.
    """

    def __init__(
        self,
        books: Books,
        calls: Calls,
        link: SwitchLink,
        render: Render | None,
        *,
        folder: Path | None = None,
    ) -> None:
        self._books = books
        self._calls = calls
        self._link = link
        self._render = render
        self._folder = folder
        self._owed: dict[tuple[Command, str], None] = {}
        self._telling = RLock()  # files change in another thread than messages come
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="switchboard", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._stopped.set()
        self._thread.join(timeout=2)

    def report_registrations(self) -> None:
        """Write how the trunks are registered, where that has changed."""
        try:
            seen = self._link.registrations()
            note_registrations((one.trunk, one.status) for one in seen)
            if seen:
                states = {"trunks": [one.trunk for one in seen], "states": [one.status for one in seen]}
                self._books.run(REGISTRATIONS, states)
        except (SwitchAway, DatabaseAway) as error:
            logger.debug("registrations.unknown", reason=str(error))

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                with closing(self._books.connections.open()) as connection:
                    self._listen(connection, self._books.tenant_id)
            except AWAY as error:
                logger.warning("switchboard.no_database", reason=str(error).strip())
            except Exception:  # whatever it is, without this thread no trunk would change any more
                logger.exception("switchboard.failed")
            self._stopped.wait(RETRY_SECONDS)

    def _listen(self, connection: Connection, tenant_id: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {SWITCH_CHANNEL}")
        # What was told while nobody listened is not told again.
        self.render()
        while not self._stopped.is_set():
            if select.select([connection], [], [], WAIT_SECONDS)[0]:
                connection.poll()
            while connection.notifies:
                self.obey(connection.notifies.pop(0).payload, tenant_id)
            if self._link.up:
                self._pay()

    def obey(self, payload: str, tenant_id: int) -> None:
        """Do what one message says, if it is for our tenant."""
        try:
            deed = json.loads(payload)
        except ValueError:
            logger.warning("switchboard.not_json")
            return
        if not isinstance(deed, dict) or deed.get("tenant") != tenant_id:
            return
        if deed.get("render"):
            self.render()
        if isinstance(username := deed.get("expire"), str):
            self._tell(self._link.forget, username)
        if isinstance(call_id := deed.get("hang_up"), str):
            self._tell(self._hang_up, call_id)

    def _hang_up(self, call_id: str) -> None:
        """End a call that the brake on fraud stops, if it is one of this pod's."""
        if call := self._calls.get(call_id):
            logger.info("switchboard.hang_up", call=call_id)
            self._link.hang_up(call.caller_channel)

    def render(self) -> None:
        """Write Asterisk's files and reload what reads those that changed."""
        if self._render is None:
            return
        try:
            before = self._endpoints()
            changed = self._render()
            gone = before - self._endpoints()
        except (ConfigError, OSError) as error:
            logger.error("switchboard.not_rendered", reason=str(error))
            return
        with self._telling:
            for module in modules_to_reload(changed):
                logger.info("switchboard.reload", module=module)
                self._tell(self._link.reload, module)
            # Its cache of SIP users keeps trunks too, also those that the files have no more.
            for name in sorted(gone):
                self._tell(self._link.forget, name)

    def _endpoints(self) -> set[str]:
        return endpoints(self._folder) if self._folder is not None else set()

    def _tell(self, command: Command, name: str) -> None:
        with self._telling:
            self._owed[command, name] = None
            self._pay()

    def _pay(self) -> None:
        """Do what the softswitch is still to be told.

        One that starts reads everything anew, but its session may end without it.
        """
        with self._telling:
            self._pay_all()

    def _pay_all(self) -> None:
        for command, name in list(self._owed):
            del self._owed[command, name]
            try:
                command(name)
            except SwitchAway as error:
                self._owed[command, name] = None
                logger.warning("switchboard.no_switch", reason=str(error))
                return
