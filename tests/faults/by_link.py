"""The machine's agent, with a link to its database that a test can cut."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url

from cellhub.db.roles import agent_login
from tests.fakes.link import HOST, Link, link_to
from tests.faults.own_agent import own_agent
from tests.fixtures.switch import Switch


@contextmanager
def agent_by_link(switch: Switch) -> Iterator[Link]:
    """Run the agent behind a link, in the place of the one that the process manager runs."""
    url = make_url(switch.machine.installation.database_url(agent_login(switch.settings.tenant).name))
    assert url.port is not None
    with switch.down("agent"), link_to(url.port) as link:
        through = url.set(host=HOST, port=link.port).render_as_string(hide_password=False)
        with own_agent(switch, CELLHUB_DATABASE_URL=through):
            yield link
