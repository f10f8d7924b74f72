"""What several parts of the agent are tested with."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping

import pytest
from cellhub_agi.server import Entry, FastAgiServer

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
