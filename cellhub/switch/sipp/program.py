"""Start sipp: its arguments, its files, its end."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from cellhub.switch.sipp import trace

PROGRAM = "sipp"
_MODE = 0o600
# Above those that a softswitch takes for its audio, below those that the system hands out.
_MEDIA_PORTS = range(30_000, 32_000, 4)
# One after the other: a run binds its own only a while after they were found, and many begin at once.
_IN_TURN = cycle(random.SystemRandom().sample(_MEDIA_PORTS, len(_MEDIA_PORTS)))


class SippError(Exception):
    """sipp could not do what was asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of one sipp run."""

    folder: Path

    @property
    def scenario(self) -> Path:
        return self.folder / "scenario.xml"

    @property
    def fields(self) -> Path:
        return self.folder / "fields.csv"

    @property
    def errors(self) -> Path:
        return self.folder / "errors.log"

    @property
    def shortmessages(self) -> Path:
        return self.folder / "messages.log"

    @property
    def notes(self) -> Path:
        return self.folder / "notes.log"

    def write(self, scenario: str, rows: Sequence[Sequence[str]] = ()) -> None:
        """Write the scenario, and the rows that hold secrets so that only this user reads them."""
        self.scenario.write_text(scenario, encoding="utf-8")
        if rows:
            self.fields.touch(mode=_MODE)
            lines = ["SEQUENTIAL", *(";".join(row) for row in rows)]
            self.fields.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def messages(self) -> list[trace.Message]:
        """Read what has been said so far."""
        if not self.shortmessages.exists():
            return []
        return trace.messages(self.shortmessages.read_text(encoding="utf-8", errors="replace"))

    def callers(self) -> dict[str, str]:
        """Read which caller each call id came from, as the far end noted it."""
        lines = self.notes.read_text(errors="replace").splitlines() if self.notes.exists() else []
        pairs = (line.partition(" sip:") for line in lines)
        return {call_id: caller.removesuffix("@") for call_id, separator, caller in pairs if separator}

    def why(self) -> str:
        """Return the last line that sipp complained with."""
        lines = self.errors.read_text(errors="replace").split("\n") if self.errors.exists() else []
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")


def arguments(workspace: Workspace, host: str, port: int, media_port: int) -> list[str]:
    """Build what every run has in common: quiet, traced, and answering keep-alives by itself."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise SippError("sipp is not installed: apt-get install sip-tester")
    return [
        *(program, "-sf", str(workspace.scenario), "-i", host, "-p", str(port), "-mp", str(media_port)),
        *("-nostdin", "-aa", "-trace_shortmsg", "-shortmessage_file", str(workspace.shortmessages)),
        *(
            "-trace_err",
            "-error_file",
            str(workspace.errors),
            "-trace_logs",
            "-log_file",
            str(workspace.notes),
        ),
    ]


def start(argv: list[str], workspace: Workspace) -> subprocess.Popen[bytes]:
    """Start sipp in its folder; its screen is of no use to anybody."""
    return subprocess.Popen(  # noqa: S603  a fixed program, no shell
        argv,
        cwd=workspace.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def free_media_port(host: str) -> int:
    """Find ports for the audio and the video of a run, which sipp wants two apart.

    Raises:
        SippError: there are none.
    """
    for port in islice(_IN_TURN, len(_MEDIA_PORTS)):
        if all(_is_free(host, port + more) for more in range(_MEDIA_PORTS.step)):
            return port
    raise SippError(f"all UDP ports from {_MEDIA_PORTS.start} to {_MEDIA_PORTS.stop} are in use")


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port(host: str) -> int:
    """Find a UDP port that nobody uses; sipp's own choice would be that of the softswitch."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
