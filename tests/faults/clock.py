"""A clock on the wall for the softswitch and its agent alone, which a test can set.

The machine's own clock stays as it is: both run under libfaketime, which answers them what a file
says. Their monotonic clocks are real.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cellhub.local import softswitch
from cellhub.switch import process
from cellhub.switch.process import SwitchFolders
from tests.faults.own_agent import own_agent
from tests.fixtures.switch import Switch, wait_for
from tests.fixtures.tiers import libfaketime

RUN = Path("/run/asterisk")
"""Where Asterisk sees the folder of its sockets."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The file by which both go."""

    file: Path

    def set(self, seconds: int) -> None:
        """Put it so many seconds ahead of the machine's, or behind it."""
        partial = self.file.with_suffix(".partial")
        partial.write_text(f"{seconds:+d}\n")
        partial.chmod(0o644)
        os.replace(partial, self.file)  # nobody reads half of it


@contextmanager
def own_clock(switch: Switch) -> Iterator[Clock]:
    """Run the softswitch and the agent by a clock of their own, in the place of the managed ones."""
    folders = softswitch.folders(switch.machine.installation)
    library = Path(shutil.copy(libfaketime() or "", folders.run))
    clock = Clock(folders.run / "clock")
    clock.set(0)
    with (
        switch.down("asterisk", "agent"),
        _own_asterisk(switch, folders, library, clock),
        own_agent(switch, **_environment(library, clock.file)),
    ):
        wait_for(lambda: "cellhub" in switch.ask("manager show connected"), "the agent asks Asterisk")
        yield clock


@contextmanager
def _own_asterisk(switch: Switch, folders: SwitchFolders, library: Path, clock: Clock) -> Iterator[None]:
    seen = _environment(RUN / library.name, RUN / clock.file.name)
    start = folders.run / "start.sh"
    start.write_text(_with(seen, process.START.read_text()))
    command = [str(start) if word == str(process.START) else word for word in process.command(folders)]
    with (switch.machine.installation.logs / "own-asterisk.log").open("ab") as log:
        asterisk = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        process.wait_booted(folders)
        yield
    finally:
        asterisk.kill()
        asterisk.wait()


def _with(variables: dict[str, str], script: str) -> str:
    """Add variables to those that Asterisk is started with."""
    before, env, after = script.partition("/usr/bin/env -i ")
    assert env
    return before + env + shlex.join(f"{name}={value}" for name, value in variables.items()) + " " + after


def _environment(library: Path, file: Path) -> dict[str, str]:
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
