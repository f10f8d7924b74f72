"""What an agent does beside the rest when it lives in a pod: files, registrations, probes, the end."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from threading import Event

import structlog

from cellhub.charging.books import Books
from cellhub.environment import Settings, SettingsError
from cellhub_agi.fastagi import ProtocolError
from cellhub_agi.health import HealthServer
from cellhub_agi.link import HOST, SwitchLink
from cellhub_agi.podfiles import PodFiles
from cellhub_agi.pulse import Pulse
from cellhub_agi.registrar import Registrar
from cellhub_agi.server import Entry
from cellhub_agi.session import Session
from cellhub_agi.switchboard import Switchboard
from cellhub_agi.work import Ticker

DATABASE_SECONDS = 60.0
"""For so long a pod keeps its place without a database: its phones' calls go on through the Service."""

FILES_EVERY = 0.5
RENEW_EVERY = 5.0
LOOK_EVERY = 1.0
DRAINING = "draining"
"""A file beside those of Asterisk: that folder lives as long as the pod, whatever in it is started anew."""

logger = structlog.get_logger(__name__)


def folders(settings: Settings) -> tuple[Path, Path, Path]:
    """The shared files, the pod's own, and the agent's.

    Raises:
        SettingsError: one of them is not set.
    """
    needed = {
        "COMMON_CONFIG": settings.common_config,
        "SWITCH_CONFIG": settings.switch_config,
        "AGENT_SPOOL": settings.agent_spool,
    }
    missing = [f"  CELLHUB_{name}: is missing." for name, path in needed.items() if path is None]
    if missing:
        raise SettingsError("In a pod there must be:\n" + "\n".join(missing))
    common, own, agent = needed.values()
    assert common is not None
    assert own is not None
    assert agent is not None
    return common, own, agent


class PodParts:
    """The parts of an agent that only a pod's has."""

    def __init__(self, settings: Settings, books: Books, link: SwitchLink) -> None:
        common, own, _ = folders(settings)
        self._draining = own / DRAINING
        self._link = link
        self._health_at = (settings.listen_host, settings.health_port)
        self._health: HealthServer | None = None
        self.registrar = Registrar(books, settings.pod, self._draining)
        self.files = PodFiles(common, own, settings.pod, lambda: self.registrar.holds)

    def tickers(self, switchboard: Switchboard) -> list[Ticker]:
        """What it repeats."""

        def bring_files() -> None:
            if self.files.stale():
                switchboard.render()

        return [
            Ticker("registrar", RENEW_EVERY, self.registrar.renew),
            Ticker("files", FILES_EVERY, bring_files),
        ]

    def unless_draining(self, entry: Entry) -> Entry:
        """An entry that serves nobody once the pod drains: such a call is for another pod to take."""

        def serve(session: Session) -> None:
            if self._draining.exists():
                raise ProtocolError("The pod drains.")
            entry(session)

        return serve

    def start(self, pulse: Pulse) -> None:
        """Answer the probes."""
        host, port = self._health_at
        if port is not None:
            probes = {"/live": lambda: "", "/ready": lambda: self._unready(pulse)}
            self._health = HealthServer(host, port, probes)
            self._health.start()

    def stop(self) -> None:
        """Let another pod register, and answer no probe."""
        self.registrar.give_up()
        if self._health is not None:
            self._health.stop()

    def _unready(self, pulse: Pulse) -> str:
        if not self._link.up:
            return self._link.problem or "The softswitch has not answered yet."
        if time.monotonic() - pulse.last_beat > DATABASE_SECONDS:
            return "The database does not answer."
        return ""


def render_once(settings: Settings) -> None:
    """Write a new pod's files before there is an Asterisk; nobody registers yet.

    Raises:
        SettingsError: a folder is not set, or the shared files are not there.
    """
    common, own, _ = folders(settings)
    (own / DRAINING).unlink(missing_ok=True)
    try:
        PodFiles(common, own, settings.pod, lambda: False).write()
    except (OSError, ValueError) as error:
        raise SettingsError(f"CELLHUB_COMMON_CONFIG: the files of {common} cannot be had: {error}") from error


def outlast(settings: Settings) -> None:
    """Return once the pod's Asterisk has ended; meanwhile another pod may register.

    This is a process of its own, which the pod runs before its agent is told to end: what the
    last calls left is still to be billed.
    """
    _, own, _ = folders(settings)
    (own / DRAINING).touch()
    pause = Event()
    while _listens(settings.ami_port):
        pause.wait(LOOK_EVERY)
    logger.info("pod.outlasted")


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=LOOK_EVERY).close()
    except OSError:
        return False
    return True
