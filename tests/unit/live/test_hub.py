"""Looking at tickets, and what becomes of a part that fails."""

import asyncio
import signal

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from cellhub.db.notify import Topic, payloads
from cellhub.live import app
from cellhub.live.audience import Viewer
from cellhub.live.hub import Hub
from cellhub.live.stream import Pace, Stream

OFTEN, SELDOM = Pace(ticket=0.02), Pace(ticket=600)


class TicketBook:
    """A gate without a database: each look takes the next answer, the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.looks = []
        self.looked = asyncio.Event()

    async def admit(self, token):
        self.looks.append(token)
        self.looked.set()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def watched(gate: TicketBook, pace: Pace, scenario) -> None:
    """Run ``scenario`` with a hub whose tickets are looked at, and one stream in it."""

    async def go() -> None:
        hub = Hub(gate, capacity=2, pace=pace)
        stream = Stream("token", Viewer(7), pace)
        watch = asyncio.create_task(hub.watch_tickets())
        with hub.joined(stream):
            async with asyncio.timeout(5):
                await scenario(hub, stream)
        watch.cancel()

    asyncio.run(go())


async def rest_of(stream: Stream) -> list[str]:
    return [chunk async for chunk in stream.chunks()]


@pytest.mark.parametrize("answer", [None, OperationalError("SELECT", {}, Exception("gone"))])
def test_a_ticket_that_is_gone_or_cannot_be_read_ends_its_stream(answer):
    async def scenario(hub, stream):
        assert len(await rest_of(stream)) == 1

    watched(TicketBook(answer), OFTEN, scenario)


def test_a_valid_ticket_keeps_its_stream_and_is_looked_at_again():
    gate = TicketBook(Viewer(7), Viewer(8), None)

    async def scenario(hub, stream):
        await rest_of(stream)
        assert gate.looks == ["token"] * 3
        assert stream.viewer == Viewer(8)

    watched(gate, OFTEN, scenario)


def test_moved_accounts_are_looked_at_now():
    async def scenario(hub, stream):
        hub.deliver(payloads(Topic.ACCOUNTS, 7)[0])
        await rest_of(stream)

    watched(TicketBook(None), SELDOM, scenario)


def test_a_stream_that_left_is_looked_at_no_more():
    gate = TicketBook(Viewer(7))

    async def scenario(hub, stream):
        with hub.joined(other := Stream("other", Viewer(7), OFTEN)):
            assert hub.full
        hub.deliver(payloads(Topic.ACCOUNTS, 7)[0])
        await gate.looked.wait()
        assert other not in hub.streams
        assert gate.looks == ["token"]

    watched(gate, SELDOM, scenario)


def test_a_part_that_fails_ends_the_process(monkeypatch):
    raised = []
    monkeypatch.setattr(signal, "raise_signal", raised.append)

    async def go() -> None:
        async def fail() -> None:
            raise ZeroDivisionError

        task = asyncio.create_task(fail())
        task.add_done_callback(app._end_process_on_failure)
        await asyncio.wait([task])

    with capture_logs() as logged:
        asyncio.run(go())
    assert raised == [signal.SIGTERM]
    assert [line["log_level"] for line in logged] == ["critical"]
