"""All open streams."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cellhub.db.notify import Topic
from cellhub.live.audience import Ping, WrongPing
from cellhub.live.gate import Gate
from cellhub.live.stream import Pace, Stream

log = structlog.get_logger(__name__)

# A tab has one, and a browser opens six at most to one host. The next one is refused, and its
# tab polls: were the oldest closed instead, it would come again and two tabs take turns for ever.
STREAMS_OF_A_TICKET = 10


class Hub:
    """Hands pings to the streams and looks at their tickets again and again."""

    def __init__(self, gate: Gate, capacity: int, pace: Pace) -> None:
        self.gate = gate
        self.capacity = capacity
        self.pace = pace
        # When each ticket is looked at next, in this order.
        self._due: dict[Stream, float] = {}
        self._moved = asyncio.Event()

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The open streams."""
        return tuple(self._due)

    @property
    def full(self) -> bool:
        """Tell whether there is no room for one more stream."""
        return len(self._due) >= self.capacity

    def has_room_for(self, token: str) -> bool:
        """Tell whether one more tab of the same log-in may listen."""
        return sum(stream.token == token for stream in self._due) < STREAMS_OF_A_TICKET

    @contextmanager
    def joined(self, stream: Stream) -> Iterator[None]:
        """Serve ``stream`` for the length of the block."""
        self._due[stream] = self._now() + self.pace.ticket
        self._moved.set()
        try:
            yield
        finally:
            del self._due[stream]

    def deliver(self, payload: str) -> None:
        """Offer a notification to every stream."""
        try:
            ping = Ping.read(payload)
        except WrongPing as error:
            log.warning("ping not understood", reason=str(error))
            return
        for stream in self.streams:
            stream.offer(ping)
        if ping.topic is Topic.ACCOUNTS:
            self._look_at_all_now()

    def end_all(self) -> None:
        """End every stream; the browsers come back by themselves."""
        for stream in self.streams:
            stream.end()

    async def watch_tickets(self) -> None:
        """Look at each stream's ticket in its turn, for ever.

        One after the other: at two milliseconds each this follows all of them,
        and it never takes more than one of the gate's connections from new ones.
        """
        while True:
            stream = await self._next_due()
            del self._due[stream]
            self._due[stream] = self._now() + self.pace.ticket
            await self._look_at_ticket(stream)

    async def _next_due(self) -> Stream:
        while True:
            self._moved.clear()
            stream, due = next(iter(self._due.items()), (None, math.inf))
            if stream and due <= self._now():
                return stream
            with suppress(TimeoutError):
                async with asyncio.timeout_at(None if stream is None else due):
                    await self._moved.wait()

    async def _look_at_ticket(self, stream: Stream) -> None:
        """End a stream whose ticket ended, or cannot be read; tell the others what they hear now."""
        try:
            viewer = await self.gate.admit(stream.token)
        except SQLAlchemyError as error:
            log.warning("ticket not readable", error=type(error).__name__)
            viewer = None
        if viewer is None:
            stream.end()
        else:
            stream.viewer = viewer

    def _look_at_all_now(self) -> None:
        self._due = dict.fromkeys(self._due, self._now())
        self._moved.set()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
