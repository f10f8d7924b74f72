"""An agent of a test's own, in the place of the one that the process manager runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cellhub.db.roles import agent_login
from tests.fixtures.switch import Switch, wait_for

PROGRAM = Path(sys.executable).with_name("cellhub-agent")
HOST = "127.0.0.1"


@contextmanager
def own_agent(switch: Switch, **environment: str) -> Iterator[None]:
    """Run an agent with some variables of its own while the managed one is down."""
    installation = switch.machine.installation
    variables = os.environ | installation.environment(agent_login(switch.settings.tenant).name) | environment
    with (installation.logs / "own-agent.log").open("ab") as log:
        process = subprocess.Popen([PROGRAM], env=variables, stdout=log, stderr=log)
    try:
        wait_for(lambda: _listens(switch.settings.agi_port), "the agent listens", 20.0)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
