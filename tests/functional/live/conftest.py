"""The live process on a real port, and browsers that listen to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from cellhub.db.roles import PORTAL
from cellhub.db.scope import DatabaseRole
from cellhub.db.session import make_engine, make_session_factory
from cellhub.live.app import Live
from cellhub.live.origins import Origins
from cellhub.live.server import LiveServer, listen
from cellhub.live.stream import Pace
from cellhub.security.models import Login
from tests.factories.world import make_world
from tests.fixtures.database import Database
from tests.functional.live.browser import CAPACITY, PORTAL_PORT, SECONDS, Browser, Place, until

DATABASE = "cellhub_test_live"
Listen = Callable[[Login], Browser]


@pytest.fixture(scope="module")
def live_database(installation, postgres, template) -> Iterator[Database]:
    """A database to which the tests of one file commit."""
    postgres.copy_database(template, DATABASE, DatabaseRole.OWNER)
    yield Database(installation, DATABASE)
    postgres.drop_database(DATABASE)


@pytest.fixture(scope="module")
def served(live_database: Database) -> Iterator[Place]:
    """The live process, with quick looks at tickets."""
    url = live_database.url(PORTAL.name)
    engine = make_engine(url, application="tests")
    sessions = make_session_factory(engine)
    with sessions.begin() as session:
        world = make_world(session)
    live = Live(url, Origins("http", PORTAL_PORT), CAPACITY, Pace(ping=0.1, keep_alive=0.5, ticket=0.5))
    with closing(listen("127.0.0.1", 0)) as listening, running(LiveServer(live), listening):
        yield Place(world, sessions, live, listening.getsockname()[1])
    engine.dispose()


@contextmanager
def running(server: LiveServer, listening: socket.socket) -> Iterator[None]:
    """Serve in a thread for the length of the block."""
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    until(lambda: server.live.listener.up)
    yield
    server.should_exit = True
    thread.join(SECONDS)
    assert not thread.is_alive()


@pytest.fixture
def place(served: Place) -> Iterator[Place]:
    """The live process without listeners."""
    until(lambda: served.live.listener.up)
    with served.lines:
        yield served
    until(lambda: not served.live.hub.streams)


@pytest.fixture
def browse(place: Place) -> Listen:
    """Open a stream as a log-in."""
    return lambda login: Browser(place.get(place.sign_in(login)))
