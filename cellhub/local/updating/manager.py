"""Single parts of a running machine: looked at, ended, begun anew."""

from __future__ import annotations

import datetime as dt
import time
import xmlrpc.client
from pathlib import Path
from typing import Any

import psutil
from supervisor.states import ProcessStates
from supervisor.xmlrpc import Faults

from cellhub.local import health
from cellhub.local.installation import Installation
from cellhub.local.problem import Problem
from cellhub.local.processes import PARTS, Part
from cellhub.local.supervisor import Supervisor
from cellhub.local.updating.world import Process, State

STATES = {
    ProcessStates.STOPPED: State.ENDED,
    ProcessStates.STOPPING: State.COMING,
    ProcessStates.STARTING: State.COMING,
    ProcessStates.RUNNING: State.RUNNING,
    ProcessStates.EXITED: State.FAILING,
    ProcessStates.BACKOFF: State.FAILING,
    ProcessStates.FATAL: State.FAILING,
}
SETTLED_SECONDS = 5
"""A part without a port has to last for so long to be believed."""

KNOWN = {part.name: part for part in PARTS}


class Manager:
    """The process manager of an installation that runs."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._supervisor = Supervisor(installation)

    def process(self, name: str, link: Path) -> Process:
        """How a part runs; it was told to when its ``link`` was made.

        Raises:
            Problem: the machine does not run.
        """
        info, part = self._info(name), KNOWN[name]
        state = STATES.get(info["state"], State.FAILING)
        told = max(link.lstat().st_mtime, self._started())
        return Process(
            state=state,
            environment=_environment(info["pid"]) if state is State.RUNNING else None,
            trouble=self._trouble(part, info),
            waited=time.time() - told,
            current=info["start"] >= int(link.lstat().st_mtime),
        )

    def begun(self, name: str) -> dt.datetime:
        """When the process of a part was started, to the second."""
        return dt.datetime.fromtimestamp(self._info(name)["start"], dt.UTC)

    def end(self, name: str) -> None:
        """End a part; that it has ended already is as good."""
        self._ask("stopProcess", name, Faults.NOT_RUNNING)

    def begin(self, name: str) -> None:
        """Start a part; whether it stays up is for :meth:`process` to say."""
        self._ask("startProcess", name, Faults.ALREADY_STARTED, wait=False)

    def _ask(self, deed: str, name: str, fine: int, wait: bool = True) -> None:
        try:
            with self._supervisor.rpc() as rpc:
                getattr(rpc, deed)(_full(name), wait)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != fine:
                raise
        except OSError as error:
            raise _gone() from error

    def _info(self, name: str) -> dict[str, Any]:
        try:
            with self._supervisor.rpc() as rpc:
                return dict(rpc.getProcessInfo(_full(name)))
        except OSError as error:
            raise _gone() from error

    def _started(self) -> float:
        return (self._installation.run_folder / "supervisord.pid").stat().st_mtime

    def _trouble(self, part: Part, info: dict[str, Any]) -> str:
        report = health.look(self._supervisor, [part])[0]
        if report.trouble or part.port_setting or info["now"] - info["start"] >= SETTLED_SECONDS:
            return report.trouble
        return "it has to last a little to be believed"


def _gone() -> Problem:
    return Problem(
        "CellHub has ended meanwhile. Start it (make run), and go on with the update: cellhub update"
    )


def _full(name: str) -> str:
    return f"{KNOWN[name].group}:{name}"


def _environment(pid: int) -> Path | None:
    """The virtual environment that a process runs in, by the interpreter that it was started with."""
    try:
        words = psutil.Process(pid).cmdline()
    except psutil.Error:
        return None
    return Path(words[0]).parent.parent.resolve() if words else None
