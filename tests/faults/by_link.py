"""The machine's agent, with a link to its database that a test can cut."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from cellhub.db.roles import AGENT
from tests.fakes.link import HOST, Link, link_to
from tests.fixtures.switch import Switch, wait_for

PROGRAM = Path(sys.executable).with_name("cellhub-agent")


@contextmanager
def agent_by_link(switch: Switch) -> Iterator[Link]:
    """Run the agent behind a link, in the place of the one that the process manager runs."""
    installation = switch.machine.installation
    url = make_url(installation.database_url(AGENT.name))
    assert url.port is not None
    with switch.down("agent"), link_to(url.port) as link:
        through = url.set(host=HOST, port=link.port).render_as_string(hide_password=False)
        environment = installation.environment(AGENT.name) | {"CELLHUB_DATABASE_URL": through}
        with (installation.logs / "agent-by-link.log").open("wb") as log:
            process = subprocess.Popen([PROGRAM], env=os.environ | environment, stdout=log, stderr=log)
        try:
            wait_for(lambda: _listens(switch.settings.agi_port), "the agent listens", 20.0)
            yield link
        finally:
            process.terminate()
            process.wait(20)


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
