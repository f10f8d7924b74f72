"""What the tests of the live process see: a served place, and browsers that listen to it."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from sqlalchemy.orm import Session, sessionmaker

from cellhub.db import notify
from cellhub.db.notify import Topic
from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.live.app import Live
from cellhub.security.models import Login
from cellhub.security.tickets import COOKIE, issue
from tests.factories.world import World

PORTAL_PORT = 8080
SECONDS = 15.0
CAPACITY = 12


@dataclass(slots=True)
class Place:
    """A committed world, and the live process that serves it."""

    world: World
    sessions: sessionmaker[Session]
    live: Live
    port: int
    lines: ExitStack = field(default_factory=ExitStack)
    """The open connections, to be closed at the end of each test."""

    def sign_in(self, login: Login) -> str:
        """Return a token of ``login``."""
        with scoped(self.sessions, Scope.platform()) as session:
            return issue(session, session.merge(login), hours=1, remote_addr=None, user_agent="tests")

    def publish(self, topic: Topic, tenant_id: int, *accounts: int) -> None:
        """Ping as the agent and the portal do."""
        with scoped(self.sessions, Scope.of_tenant(tenant_id)) as session:
            notify.publish(session, topic, tenant_id, accounts or None)

    def get(self, token: str | None, path: str = "/events", **headers: str) -> http.client.HTTPResponse:
        """Ask for ``path`` as a browser with the cookie ``token``."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        self.lines.callback(line.close)
        cookie = {} if token is None else {"Cookie": f"{COOKIE}={token}"}
        line.request("GET", path, headers=cookie | {"Connection": "close"} | headers)
        return self.lines.enter_context(line.getresponse())


class Browser:
    """An EventSource."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        assert answer.status == 200, answer.read()
        self.answer = answer
        self.raw = b""

    def line(self) -> str:
        """Return the next line; empty at the end of the stream."""
        line = self.answer.readline()
        self.raw += line
        return line.decode()

    def topic(self) -> str:
        """Return the topic of the next ping."""
        while not (line := self.line()).startswith("event: "):
            assert line, "the stream ended"
        return line.removeprefix("event: ").strip()

    def ended(self) -> bool:
        """Read to the end of the stream."""
        while self.line():
            pass
        return True


def until(condition: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Return as soon as ``condition`` holds."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        pause.wait(0.02)
