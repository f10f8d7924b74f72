"""What a stream writes, and how it ends."""

import asyncio

from cellhub.db.notify import Topic
from cellhub.live.app import EventStream
from cellhub.live.audience import Ping, Viewer
from cellhub.live.hub import Hub
from cellhub.live.stream import KEEP_ALIVE, OPENING, Pace, Stream

CALLS, CDR, FOREIGN = Ping(Topic.CALLS, 7), Ping(Topic.CDR, 7), Ping(Topic.CDR, 8)
STAFF = Viewer(7)


def run(scenario) -> None:
    """Run ``scenario`` with a stream that is open."""

    async def go() -> None:
        stream = Stream("token", STAFF, Pace(ping=0.2, keep_alive=1.0))
        chunks = stream.chunks()
        assert await anext(chunks) == OPENING
        await scenario(stream, chunks)

    asyncio.run(go())


def test_a_burst_is_one_ping_a_topic():
    async def scenario(stream, chunks):
        for _ in range(1000):
            stream.offer(CALLS)
        stream.offer(CDR)
        assert await anext(chunks) == "event: calls\ndata: calls\n\nevent: cdr\ndata: cdr\n\n"

    run(scenario)


def test_the_next_ping_of_a_topic_waits_its_time():
    async def scenario(stream, chunks):
        clock = asyncio.get_running_loop().time
        stream.offer(CALLS)
        await anext(chunks)
        sent = clock()
        stream.offer(CALLS)
        assert await anext(chunks) == "event: calls\ndata: calls\n\n"
        assert clock() - sent >= 0.2

    run(scenario)


def test_silence_is_kept_alive_by_a_comment():
    async def scenario(stream, chunks):
        stream.offer(FOREIGN)
        assert await anext(chunks) == KEEP_ALIVE

    run(scenario)


def test_an_ended_stream_writes_no_more():
    async def scenario(stream, chunks):
        stream.offer(CALLS)
        stream.end()
        assert [chunk async for chunk in chunks] == []

    run(scenario)


def test_a_reader_that_does_not_read_is_dropped():
    async def scenario() -> None:
        stream = Stream("token", STAFF, Pace(write=0.05))
        hub = Hub(gate=None, capacity=1, pace=stream.pace)
        full_while_open = []

        async def send(message) -> None:
            if message["type"] == "http.response.body":
                full_while_open.append(hub.full)
                await asyncio.Event().wait()

        answer = EventStream(hub, stream, {})
        await asyncio.wait_for(answer({}, asyncio.Event().wait, send), timeout=5)
        assert full_while_open == [True]
        assert not hub.full

    asyncio.run(scenario())
