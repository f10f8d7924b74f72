"""The process manager (supervisord) of one installation, spoken to over its socket."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.states import ProcessStates
from supervisor.xmlrpc import Faults, SupervisorTransport

from cellhub.local.installation import Installation
from cellhub.local.problem import Problem
from cellhub.local.processes import Group, Part, configuration
from cellhub.local.secrets import write_private

START_SECONDS = 10.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.1


WORDS = {
    ProcessStates.STOPPED: "was not started",
    ProcessStates.STARTING: "is starting",
    ProcessStates.RUNNING: "runs",
    ProcessStates.BACKOFF: "ends at once and is tried again",
    ProcessStates.STOPPING: "is ending",
    ProcessStates.EXITED: "has ended",
    ProcessStates.FATAL: "ended at once too often",
}


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What the manager says of one process."""

    name: str
    running: bool
    gave_up: bool
    words: str
    pid: int


class Supervisor:
    """Start, watch and end the processes of ``installation``."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, parts: tuple[Part, ...]) -> None:
        """Start the manager; it starts none of ``parts`` by itself."""
        path = self.installation.run_folder / "supervisord.conf"
        write_private(path, configuration(self.installation, parts))
        # Its own session: Ctrl-C reaches us alone, and we end the parts in order.
        with (self.installation.logs / "supervisor.out").open("wb") as output:
            self.process = subprocess.Popen(
                [*_ends_with_us(), sys.executable, "-m", "supervisor.supervisord", "-c", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._wait_until_it_answers(Path(output.name))

    def start_group(self, group: Group) -> None:
        """Start the parts of ``group``; whether they stay up is for :meth:`states` to say."""
        with self.rpc() as rpc:
            try:
                rpc.startProcessGroup(group.value, False)
            except xmlrpc.client.Fault as fault:
                if fault.faultCode != Faults.ALREADY_STARTED:
                    raise

    def answers(self) -> bool:
        """Say whether a manager runs for this installation."""
        try:
            with self.rpc() as rpc:
                return bool(rpc.getState())
        except OSError:
            return False

    def states(self) -> list[ProcessState]:
        """Return the state of each process."""
        with self.rpc() as rpc:
            return [_state(info) for info in rpc.getAllProcessInfo()]

    def shut_down(self) -> None:
        """End all processes in order, and the manager; return when they are gone."""
        with self.rpc() as rpc:
            pid = rpc.getPID()
            rpc.shutdown()
        deadline = time.monotonic() + STOP_SECONDS
        while _exists(pid) and (self.process is None or self.process.poll() is None):
            if time.monotonic() > deadline:
                raise Problem(
                    f"The processes did not end within {STOP_SECONDS:.0f} s; supervisord is pid {pid}."
                )
            time.sleep(POLL_SECONDS)

    def ended_within(self, seconds: float) -> bool:
        """Wait for the end of the manager that we started; say whether it came."""
        if self.process is None:
            return True
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    @property
    def failed(self) -> bool:
        """Whether the manager ended otherwise than by being told to."""
        return self.process is not None and self.process.poll() not in (None, 0)

    @contextmanager
    def rpc(self) -> Iterator[Any]:
        """The manager's own functions; see supervisor's documentation of its XML-RPC."""
        transport = SupervisorTransport(serverurl=f"unix://{self.installation.manager_socket}")
        with closing(transport):
            yield xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def _wait_until_it_answers(self, output: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                raise Problem(f"The process manager did not start:\n{output.read_text().strip()}")
            time.sleep(POLL_SECONDS)


def states_by_name(states: Iterable[ProcessState]) -> dict[str, ProcessState]:
    """Return ``states`` by the part's name."""
    return {state.name: state for state in states}


def _state(info: dict[str, Any]) -> ProcessState:
    return ProcessState(
        name=info["name"],
        running=info["state"] == ProcessStates.RUNNING,
        gave_up=info["state"] in (ProcessStates.FATAL, ProcessStates.EXITED, ProcessStates.UNKNOWN),
        words=WORDS.get(info["state"], "is in no known state"),
        pid=info["pid"],
    )


def _ends_with_us() -> list[str]:
    """Return a prefix that ends the manager when we are killed, where the system has one."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
