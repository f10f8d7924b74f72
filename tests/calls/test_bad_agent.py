"""Whatever answers in the agent's place: the call is refused, the channel freed, and nobody dialled."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

import pytest

from cellhub.local.demo_switch import FAR_END
from tests.calls.conftest import NUMBER
from tests.calls.raw import raw_phone
from tests.fakes.agent import answering
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.calls

AT_ONCE, CHECK_SECONDS = 1.0, 3.0
GARBAGE = bytes(range(256)) * 16
MEGABYTE = b"A" * (1 << 20)


def verdict(call_id: str) -> bytes:
    """All that lets a call be dialled at once at the demo's first trunk."""
    variables = {
        "BILLINGRESULT": "ok",
        "CELLHUB_TRUNK_CSV": FAR_END,
        "CELLHUB_NUMBER_1": NUMBER,
        "CELLHUB_CALLERID_1": "",
        "CELLHUB_RING_1": "60",
        "CELLHUB_SLICE": "60",
        "CELL_VERDICT": f"ok {call_id}",
    }
    return "".join(f'SET VARIABLE "{name}" "{value}"\n' for name, value in variables.items()).encode()


def closes(peer, environment):
    """Say nothing."""


def talks_garbage(peer, environment):
    peer.sendall(GARBAGE + b"\n" + GARBAGE)


def sends_a_line_of_a_megabyte(peer, environment):
    peer.sendall(MEGABYTE + b"\n")


def sends_a_value_of_a_megabyte(peer, environment):
    peer.sendall(b'SET VARIABLE "CELLHUB_TRUNK_CSV" "' + MEGABYTE + b'"\n')


def breaks_off_within_the_verdict(peer, environment):
    peer.sendall(verdict(environment["agi_arg_1"])[:-4])


def gives_the_verdict_of_another_call(peer, environment):
    peer.sendall(verdict("0" * 32))


def gives_a_verdict_of_no_call(peer, environment):
    peer.sendall(verdict(""))


AT_ONCE_REFUSED = [
    closes,
    talks_garbage,
    sends_a_line_of_a_megabyte,
    sends_a_value_of_a_megabyte,
    breaks_off_within_the_verdict,
    gives_the_verdict_of_another_call,
    gives_a_verdict_of_no_call,
]


@pytest.fixture(scope="module")
def port(switch):
    """Where the softswitch asks, with no agent there."""
    with switch.down("agent"):
        yield switch.settings.agi_port


@pytest.fixture
def refused(switch, subscriber, nobody_hears):
    """Place a call that is refused; the seconds that this took."""

    def place() -> float:
        phone = subscriber.phone
        with raw_phone(switch.settings.sip_port, phone.username, phone.secret) as one:
            began = time.monotonic()
            assert one.invite(NUMBER) == 503
            took = time.monotonic() - began
        wait_for(lambda: switch.channels() == 0, "the channel is free", AT_ONCE)
        assert (subscriber.recorded, subscriber.money[1]) == ([], 0)
        return took

    return place


@pytest.mark.parametrize("reply", AT_ONCE_REFUSED, ids=lambda reply: reply.__name__)
def test_what_gives_no_verdict_on_this_call_refuses_it_at_once(
    port: int, refused: Callable[[], float], reply
):
    with answering(port, reply):
        assert refused() < AT_ONCE


def test_a_whole_verdict_on_this_call_is_what_has_it_dialled(switch, port, subscriber, far_ends):
    def gives_it(peer, environment):
        peer.sendall(verdict(environment["agi_arg_1"]))

    phone = subscriber.phone
    with far_ends("486") as (far,), answering(port, gives_it):
        with raw_phone(switch.settings.sip_port, phone.username, phone.secret) as one:
            assert one.invite(NUMBER) == 486
        assert [call.number for call in far.calls()] == [NUMBER]


@pytest.mark.parametrize("said", ["nothing", "garbage", "a verdict"])
def test_what_never_closes_refuses_the_call_when_the_check_is_over(port: int, refused, said):
    over = Event()

    def holds_on(peer, environment):
        words = {"garbage": GARBAGE + b"\n", "a verdict": verdict(environment["agi_arg_1"])}
        peer.sendall(words.get(said, b""))
        over.wait(30)

    with answering(port, holds_on):
        took = refused()
        over.set()
    assert CHECK_SECONDS - 0.5 < took < CHECK_SECONDS + AT_ONCE


def test_a_verdict_that_comes_when_the_call_is_over_dials_nobody(switch, port: int, refused):
    over, answered = Event(), Event()

    def answers_late(peer, environment):
        over.wait(30)
        try:
            peer.sendall(verdict(environment["agi_arg_1"]))
        finally:
            answered.set()

    with answering(port, answers_late):
        assert refused() < CHECK_SECONDS + AT_ONCE
        over.set()
        assert answered.wait(5)
        assert switch.channels() == 0
