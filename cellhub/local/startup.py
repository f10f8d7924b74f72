"""Start an installation step by step, each in one line, and end it in order."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from cellhub.local import demo, health, report, softswitch
from cellhub.local.installation import Installation
from cellhub.local.locks import locked
from cellhub.local.ports import objections
from cellhub.local.problem import Problem
from cellhub.local.processes import PARTS, WITH_SWITCH, Group, Part
from cellhub.local.report import PartReport
from cellhub.local.supervisor import Supervisor
from cellhub.updates.releases import Releases

Say = Callable[[str], None]


class Startup:
    """Bring ``installation`` up; ``say`` is told what a person should read.

    ``no_switch`` is the reason for leaving the softswitch out, if there is one.
    """

    def __init__(self, installation: Installation, say: Say, no_switch: str | None) -> None:
        self.installation = installation
        self.supervisor = Supervisor(installation)
        self.say = say
        self.no_switch = no_switch

    @property
    def parts(self) -> tuple[Part, ...]:
        """What runs here."""
        return tuple(part for part in PARTS if not (self.no_switch and part.group in WITH_SWITCH))

    def check(self) -> None:
        """Refuse to start when a port that is needed cannot be had."""
        found = objections(self.installation.settings, [part.name for part in self.parts])
        if found:
            raise Problem("\n  ".join(["cannot start:", *found]))

    @contextmanager
    def running(self) -> Iterator[list[PartReport]]:
        """Run everything for the length of the block, which gets the state of each part."""
        if not self.no_switch:
            self._build_switch()
        try:
            Releases(self.installation.home).settle(part.name for part in PARTS)
            self.supervisor.start(self.parts)
            self._step("PostgreSQL", "answers", self._start_database)
            self._step("tables", "in order", self._bring_tables)
            self._step("demo tenant", "there", demo.seed)
            if not self.no_switch:
                self._step("switch files", "rendered", softswitch.render_files)
                self._step("pooler", "listens", self._start_pooler)
            yield self._start_the_rest()
        finally:
            if self.supervisor.answers():
                self.supervisor.shut_down()

    def _build_switch(self) -> None:
        """Make the softswitch's folder; a machine that cannot, for want of a network, runs the rest."""
        if not softswitch.is_built(self.installation):
            self.say(f"{report.INDENT}softswitch    its folder may take a minute to build, once")
        try:
            self._step("softswitch", "folder ready", softswitch.build_root)
        except Problem as problem:
            self.no_switch = str(problem)
            self.say(f"{report.INDENT}softswitch    left out")

    def log_ins(self) -> str:
        """Return the demo's log-ins as a person types them."""
        path = self.installation.log_ins_file
        return path.read_text() if path.exists() else ""

    def _start_database(self, installation: Installation) -> None:
        self.supervisor.start_group(Group.DATABASE)
        server = installation.postgres()
        server.wait()
        installation.create_database(server)

    def _bring_tables(self, installation: Installation) -> None:
        if not installation.migrate():
            self.say(f"{report.INDENT}tables        of a newer release, which serve this one too")

    def _start_pooler(self, installation: Installation) -> None:
        """Asterisk reads its SIP users while it boots, so the pooler must be there before."""
        self.supervisor.start_group(Group.POOLER)
        softswitch.wait_for_pooler(installation)

    def _start_the_rest(self) -> list[PartReport]:
        for group in (Group.APPLICATION, Group.SWITCH):
            if any(part.group is group for part in self.parts):
                self.supervisor.start_group(group)
        reports = health.wait_until_ready(self.supervisor, self.parts)
        left_out = [part for part in PARTS if part not in self.parts]
        return reports + [PartReport(part, None, self.no_switch or "", off=True) for part in left_out]

    def _step(self, name: str, result: str, action: Callable[[Installation], object]) -> None:
        began = time.monotonic()
        action(self.installation)
        self.say(f"{report.INDENT}{name:<14}{result} ({time.monotonic() - began:.1f} s)")


def only_one(installation: Installation) -> AbstractContextManager[bool]:
    """Say whether we are the only start of this installation, and stay it for the block."""
    return locked(installation.run_folder / "lock")


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as Ctrl-C does, in order."""
    signals = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, _interrupt) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
