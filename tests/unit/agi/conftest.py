"""What several parts of the agent are tested with."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from cellhub_agi.server import Entry, FastAgiServer

from cellhub.db.notify import CHANNEL
from tests.fixtures.pod import Pod

Serve = Callable[..., FastAgiServer]


@pytest.fixture
def call_id() -> str:
    """A call id as the dialplan mints them."""
    return uuid.uuid4().hex


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve entries over FastAGI on a free port; the server ends with the test."""
    started: list[FastAgiServer] = []

    def start(entries: Mapping[str, Entry], *, threads: int = 4, waiting: int = 8) -> FastAgiServer:
        server = FastAgiServer(0, entries, threads=threads, waiting=waiting)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def pings(pod: Pod) -> Iterator[Callable[[], list[Any]]]:
    """Read what came to the live pages since the last reading."""
    connection = pod.shop.books.connections.open()

    def do(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    def read() -> list[Any]:
        # One of our own comes after all that was sent before it, so nothing is on its way.
        do(f"NOTIFY {CHANNEL}")
        found = [one.payload for one in connection.notifies if one.payload]
        connection.notifies.clear()
        return [json.loads(payload) for payload in found]

    do(f"LISTEN {CHANNEL}")
    yield read
    connection.close()
