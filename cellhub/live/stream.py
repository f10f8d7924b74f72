"""One open stream: what waits to be sent, and how it is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from cellhub.db.notify import Topic
from cellhub.live.audience import Ping, Viewer

OPENING = ": live\nretry: 2000\n\n"
KEEP_ALIVE = ": still here\n\n"


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between two pings of a topic, of silence, between two looks at a ticket, for a write."""

    ping: float = 0.5
    keep_alive: float = 15.0
    ticket: float = 25.0
    write: float = 20.0


class Stream:
    """The pings of one browser tab.

    What waits is a set of topics, so a slow reader costs no memory and a burst is one
    ping a topic.
    """

    def __init__(self, token: str, viewer: Viewer, pace: Pace) -> None:
        self.token = token
        self.viewer = viewer
        self.pace = pace
        self._waiting: set[Topic] = set()
        self._wake = asyncio.Event()
        self._over = asyncio.Event()

    def offer(self, ping: Ping) -> None:
        """Send the topic of ``ping`` soon, if the viewer may hear it."""
        if self.viewer.hears(ping):
            self._waiting.add(ping.topic)
            self._wake.set()

    def end(self) -> None:
        """Let :meth:`chunks` come to its end now."""
        self._over.set()
        self._wake.set()

    async def chunks(self) -> AsyncIterator[str]:
        """Yield what is to be written, as it is to be written, until the stream ends."""
        yield OPENING
        while topics := await self._next():
            yield topics
            await _pass(self._over, self.pace.ping)

    async def _next(self) -> str:
        """Wait for pings or for the time of a keep-alive; return nothing at the end."""
        await _pass(self._wake, self.pace.keep_alive)
        if self._over.is_set():
            return ""
        self._wake.clear()
        topics = sorted(self._waiting)
        self._waiting.clear()
        return "".join(f"event: {topic}\ndata: {topic}\n\n" for topic in topics) or KEEP_ALIVE


async def _pass(event: asyncio.Event, seconds: float) -> None:
    """Wait for ``event``, at most for ``seconds``."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
