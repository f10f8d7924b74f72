"""The agent's parts, put together."""

from __future__ import annotations

from functools import partial

from cellhub.charging.books import Books
from cellhub.charging.checking import Checker
from cellhub.charging.connections import Connections
from cellhub.charging.moving import take_place
from cellhub.db.session import make_engine, make_session_factory
from cellhub.environment import Settings
from cellhub.telemetry import metrics
from cellhub_agi.calls import Calls
from cellhub_agi.entries.check import CheckEntry
from cellhub_agi.entries.hangup import HangupEntry
from cellhub_agi.entries.move import MoveEntry
from cellhub_agi.evidence import Evidence
from cellhub_agi.extending import Extender
from cellhub_agi.legs import LegFiles
from cellhub_agi.link import SwitchAway, SwitchLink
from cellhub_agi.notify import Pings
from cellhub_agi.overdue import DeadlineKeeper
from cellhub_agi.pod import PodParts
from cellhub_agi.pulse import Pulse
from cellhub_agi.reconciling import Reconciler
from cellhub_agi.server import Entry, FastAgiServer
from cellhub_agi.settlements import Settlements
from cellhub_agi.spool import Spool
from cellhub_agi.switchboard import Render, Switchboard
from cellhub_agi.work import Ticker, Work

APPLICATION = "cellhub-agent"
CONNECTIONS = 20
WORKERS = 6
LEGS_EVERY = 0.05
PINGS_EVERY = 0.25
EXTEND_EVERY = 0.5
DEADLINES_EVERY = 0.5
LINK_EVERY = 1.0
SPOOL_EVERY = 1.0
PULSE_EVERY = 5.0
REGISTRATIONS_EVERY = 10.0
RECONCILE_EVERY = 15.0
TIDY_EVERY = 3600.0


class Agent:
    """Everything that runs beside one Asterisk."""

    def __init__(self, settings: Settings, render: Render | None = None) -> None:
        url = settings.database_url.get_secret_value()
        home = settings.agent_spool or settings.home / "agent"
        self.connections = Connections(url, application=APPLICATION, size=CONNECTIONS)
        self.books = Books(self.connections, settings.tenant)
        self.calls = Calls()
        self.work = Work(WORKERS)
        self.spool = Spool(home / "spool")
        self.pings = Pings(self.books)
        self.link = SwitchLink(
            settings.ami_port, settings.ami_secret_file, self._switch_is_back, home / "switch-lost"
        )
        self.settlements = Settlements(self.books, self.calls, self.spool, self.pings)
        self.files = LegFiles(settings.switch_spool or settings.home / "switch" / "spool", home / "legs.json")
        self.evidence = Evidence(
            self.books, self.calls, self.files, self.settlements, work=self.work, hang_up=self._hang_up
        )
        self.reconciler = Reconciler(
            self.books,
            settings.pod,
            self.calls,
            link=self.link,
            evidence=self.evidence,
            settlements=self.settlements,
        )
        self.pod = PodParts(settings, self.books, self.link) if settings.common_config else None
        if self.pod is not None:
            render = self.pod.files.write
        self.switchboard = Switchboard(
            self.books, self.calls, self.link, render, folder=settings.switch_config
        )
        self.server = FastAgiServer(settings.agi_port, self._entries(settings))
        self._engine = make_engine(url, application=APPLICATION, statement_ms=2000, pool_size=1)
        self._tickers = self._make_tickers(settings)
        metrics.watch(
            {
                metrics.CALLS: lambda: len(self.calls),
                metrics.SPOOLED: lambda: len(self.spool),
                metrics.SWITCH_UP: lambda: self.link.up,
            }
        )

    def _entries(self, settings: Settings) -> dict[str, Entry]:
        checker = Checker(self.books, settings.pod)
        check = CheckEntry(checker, self.calls, self.evidence.release, self.settlements.refused)
        return {
            "check": self.pod.unless_draining(check) if self.pod is not None else check,
            "move": MoveEntry(partial(take_place, self.books)),
            "hangup": HangupEntry(self.work, self.evidence.hung_up),
        }

    def _make_tickers(self, settings: Settings) -> list[Ticker]:
        self.pulse = Pulse(
            make_session_factory(self._engine),
            self.books,
            settings.pod,
            calls=self.calls,
            link=self.link,
            spool=self.spool,
            answers=lambda: self.server.answers,
        )
        extender = Extender(self.books, self.calls, self.link)
        keeper = DeadlineKeeper(self.calls, self.link)
        of_pod = self.pod.tickers(self.switchboard) if self.pod is not None else []
        return [
            *of_pod,
            Ticker("legs", LEGS_EVERY, self.evidence.keep_up),
            Ticker("link", LINK_EVERY, self.link.keep),
            Ticker("extend", EXTEND_EVERY, extender.tick),
            Ticker("deadlines", DEADLINES_EVERY, keeper.tick),
            Ticker("spool", SPOOL_EVERY, self.settlements.replay),
            Ticker("reconcile", RECONCILE_EVERY, self.reconciler.tick),
            Ticker("pings", PINGS_EVERY, self.pings.send),
            Ticker("pulse", PULSE_EVERY, self.pulse.beat),
            Ticker("registrations", REGISTRATIONS_EVERY, self.switchboard.report_registrations),
            Ticker("tidy", TIDY_EVERY, self.files.remove_old),
        ]

    def start(self) -> None:
        """Begin: the server answers at once, whatever else is not there yet."""
        self.server.start()
        if self.pod is not None:
            self.pod.start(self.pulse)
        for ticker in self._tickers:
            ticker.start()
        self.switchboard.start()

    def stop(self) -> None:
        """End within seconds; calls go on, and the next agent takes them up."""
        self.server.stop()
        self.switchboard.stop()
        for ticker in self._tickers:
            ticker.stop()
        if self.pod is not None:
            self.pod.stop()
        self.work.finish()
        self.pings.send()
        self.link.close()
        self.connections.close()
        self._engine.dispose()

    def _switch_is_back(self) -> None:
        self.work.submit(self.reconciler.tick)

    def _hang_up(self, channel: str) -> None:
        try:
            self.link.hang_up(channel)
        except SwitchAway:
            return  # its own deadline ends it
