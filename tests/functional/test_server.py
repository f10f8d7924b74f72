"""The portal behind the server that everybody runs: what it bears, and the files that it streams."""

from __future__ import annotations

import csv
import http.client
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from cellhub.calls.models import Cdr
from cellhub.cli.portal import LARGEST_BODY
from cellhub.db.roles import PORTAL
from cellhub.db.scope import Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.db.tenancy import Account
from cellhub.money.models import LedgerEntry
from cellhub.rates.models import Rate
from cellhub.security.roles import Role
from cellhub.security.tickets import COOKIE, issue
from cellhub.sip.models import SipUser
from tests.factories.world import World, make_world
from tests.fixtures.database import Database
from tests.fixtures.installation import free_ports
from tests.tenancy.rows import add_every_row

CELLHUB = Path(sys.executable).with_name("cellhub")
SECONDS = 30.0


@dataclass(slots=True)
class Served:
    """A running portal, and the ticket of somebody who is signed in."""

    world: World
    port: int
    token: str = field(repr=False)
    sessions: sessionmaker[Session] = field(repr=False)

    def count(self, model: Any, **values: Any) -> int:
        """Count the rows of ``model`` that the north has with ``values``."""
        with scoped(self.sessions, Scope.of_tenant(self.world.north.tenant.id)) as session:
            return session.scalar(select(func.count()).select_from(model).filter_by(**values)) or 0

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        """Return the status and the text of an answer."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)) as line:
            line.request(method, path, headers={"Cookie": f"{COOKIE}={self.token}"} | headers)
            answer = line.getresponse()
            return answer.status, answer.read().decode()

    def rows(self, path: str) -> list[list[str]]:
        """Return the lines of a CSV file."""
        status, text = self.ask(path)
        assert status == 200, path
        return list(csv.reader(io.StringIO(text)))


@pytest.fixture
def served(own_database: Database) -> Iterator[Served]:
    """A portal of its own, with a row of everything."""
    engine = make_engine(own_database.url(PORTAL.name), application="tests")
    sessions = make_session_factory(engine)
    with sessions.begin() as session:
        world = make_world(session)
        add_every_row(session, world)
        admin = session.merge(world.north.logins[Role.ADMIN])
        token = issue(session, admin, hours=1, remote_addr=None, user_agent="tests")
    [port] = free_ports(1)
    environment = own_database.environment(PORTAL.name) | {"CELLHUB_PORTAL_PORT": str(port)}
    process = subprocess.Popen([CELLHUB, "portal"], env=os.environ | environment, stderr=subprocess.PIPE)
    try:
        portal = Served(world, port, token, sessions)
        until_ready(portal)
        yield portal
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)
        engine.dispose()


def until_ready(portal: Served) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            if portal.ask("/readyz")[0] == http.HTTPStatus.OK:
                return
        except OSError:
            continue
    pytest.fail("The portal did not start.")


def test_every_export_has_a_line_for_each_row_and_one_for_its_head(served):
    north = served.world.north
    expected = {
        "/cdr/export": served.count(Cdr),
        "/cdr/export?sip_user=north-101": served.count(Cdr, sip_user="north-101"),
        "/cdr/export?status=BUSY": 0,
        "/users/export": served.count(Account),
        "/sip-users/export": served.count(SipUser),
        "/tariffs/export": served.count(Rate),
        f"/rate-decks/{north.deck.id}/export": served.count(Rate, deck_id=north.deck.id),
        f"/users/{north.client.id}/ledger.csv": served.count(LedgerEntry, account_id=north.client.id),
    }
    found = {path: len(served.rows(path)) - 1 for path in expected}
    assert found == expected
    assert min(served.count(Cdr), served.count(Rate), served.count(LedgerEntry)) > 0


def test_what_is_too_large_is_refused_before_it_is_read(served):
    status, _ = served.ask("/login", "POST", **{"Content-Length": str(LARGEST_BODY + 1)})
    assert status == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pytest.mark.parametrize("host", ["evil.example;script-src *", "a b", "x\ty", "<script>", "[::1", "a:123456"])
def test_a_host_header_that_names_no_host_is_refused(served, host):
    assert served.ask("/login", Host=host) == (400, served.ask("/login", Host=host)[1])
    assert "The Host header holds no host name." in served.ask("/login", Host=host)[1]


@pytest.mark.parametrize("host", ["portal.example", "192.0.2.1:8080", "[2001:db8::1]:8080"])
def test_a_host_header_that_names_one_is_served(served, host):
    assert served.ask("/login", Host=host)[0] in {200, 303}
