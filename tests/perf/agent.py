"""A real agent process on a benchmark's database, with the benchmark in the place of Asterisk."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cellhub.db.roles import agent_login
from cellhub.local.database import PostgresServer
from tests.fixtures.installation import free_ports
from tests.fixtures.switch import wait_for
from tests.perf import processes
from tests.perf.lives import Caller, Switch
from tests.perf.market import SLUG, Market

PROGRAM = Path(sys.executable).with_name("cellhub-agent")
STOP_SECONDS = 10
_NOBODY = Caller("nobody", "0")
NOT_HERE = ("CELLHUB_SWITCH_CONFIG", "CELLHUB_AMI_SECRET_FILE")
"""Without these it neither renders files nor looks for an Asterisk."""


@dataclass(frozen=True, slots=True)
class RunningAgent:
    """The agent's process, and the Asterisk side of its protocols."""

    pid: int
    switch: Switch

    @property
    def cpu_seconds(self) -> float:
        """The CPU it has used."""
        return processes.cpu_seconds(self.pid)


@contextmanager
def running_agent(
    market: Market, program: Sequence[str | Path] = (PROGRAM,), **more: str
) -> Iterator[RunningAgent]:
    """Run ``cellhub-agent``, or what takes its place, for the length of the block.

    ``more`` is what its environment has besides.
    """
    [port] = free_ports(1)
    with (
        tempfile.TemporaryDirectory(prefix="cellhub-perf-") as folder,
        (Path(folder) / "log").open("wb") as log,
    ):
        legs = Path(folder) / "legs"
        legs.mkdir()
        process = subprocess.Popen(
            program, env=_environment(market, Path(folder), port) | more, stdout=log, stderr=log
        )
        try:
            agent = RunningAgent(process.pid, Switch(port, legs))
            wait_for(lambda: _answers(agent), f"the agent answers; {Path(folder) / 'log'}", 20.0)
            yield agent
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def _answers(agent: RunningAgent) -> bool:
    try:
        return agent.switch.ask("nothing", _NOBODY, 0, ["0" * 32]) == b""
    except OSError:
        return False


def _environment(market: Market, folder: Path, port: int) -> dict[str, str]:
    ours = market.database.environment(agent_login(SLUG).name) | {
        "CELLHUB_TENANT": SLUG,
        "CELLHUB_AGI_PORT": str(port),
        "CELLHUB_SWITCH_SPOOL": str(folder / "legs"),
        "CELLHUB_AGENT_SPOOL": str(folder / "agent"),
    }
    return os.environ | {name: value for name, value in ours.items() if name not in NOT_HERE}


def postgres_pid(server: PostgresServer) -> int:
    """Return the process that all of the server's processes descend from."""
    return int((server.placement.data / "postmaster.pid").read_text().split()[0])
