"""Start everything on this machine, in the foreground, and end it by Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
from contextlib import suppress

from cellhub.environment import read
from cellhub.local import first_call, health, report
from cellhub.local.installation import Installation
from cellhub.local.problem import Problem
from cellhub.local.settings import LocalSettings
from cellhub.local.startup import Startup, ended_by_signals, only_one
from cellhub.local.supervisor import Supervisor
from cellhub.local.updating import driving
from cellhub.local.updating.watching import Watch
from cellhub.switch import process as switch_process
from cellhub.updates.releases import Releases, own_version

WATCH_SECONDS = 2.0


def configure(_: argparse.ArgumentParser) -> None:
    """Everything is a setting; there is nothing to choose here."""


def run(_: argparse.Namespace) -> int:
    """Start, report, wait for the end."""
    installation = Installation(read(LocalSettings))
    installation.prepare()
    with only_one(installation) as first:
        # A manager may have outlived the 'make run' that started it.
        if not first or Supervisor(installation).answers():
            return _second(installation)
        _hand_over(Releases(installation.home))
        startup = Startup(installation, _say, switch_process.why_not())
        startup.check()
        with suppress(KeyboardInterrupt), ended_by_signals():
            _stay(startup)
        _say("CellHub has ended.")
    return 0


def _hand_over(releases: Releases) -> None:
    """Become the release that an update has brought, if it is not this one; it takes the lock anew."""
    successor = releases.successor()
    if successor is None:
        return
    _say(f"This is release {own_version()}; {releases.version_at(successor)} was brought and starts.")
    program = str(successor / "bin" / "cellhub")
    os.execv(program, [program, "run"])  # noqa: S606


def _stay(startup: Startup) -> None:
    _say(f"Starting CellHub, its data in {report.shown_path(startup.installation.home)}/")
    with startup.running() as reports:
        _say(report.running(startup.installation, reports, startup.log_ins()))
        try:
            if first_call.due(startup.installation) and not startup.no_switch:
                first_call.place(startup.installation, _say)
            _say("\nCtrl-C ends everything.")
            _watch(startup)
        except KeyboardInterrupt:
            # A second Ctrl-C must not leave half of the parts behind.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            _say("\nEnding; calls in progress are billed first.")
            raise
        if startup.supervisor.failed:
            raise Problem("The process manager has ended by itself; see supervisor.log.")


def _watch(startup: Startup) -> None:
    """Wait for the end, and see to an update that the portal has begun or somebody was killed in."""
    with driving.notes_of(startup.installation) as sessions:
        watch = Watch(startup.installation, sessions)
        while not startup.supervisor.ended_within(WATCH_SECONDS):
            watch.look()


def _second(installation: Installation) -> int:
    supervisor = Supervisor(installation)
    if supervisor.answers():
        _say(report.already_running(installation, health.look_at_running(supervisor)))
    else:
        _say("CellHub is being started by another 'make run'.")
    return 0


def _say(text: str) -> None:
    print(text, flush=True)
