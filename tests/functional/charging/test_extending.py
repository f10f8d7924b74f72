"""The agent extends what is due, and tries again what was refused for as long as there is time."""

from __future__ import annotations

import time

import pytest
from cellhub_agi.calls import Calls
from cellhub_agi.extending import RETRY_SECONDS, Extender
from cellhub_agi.overdue import LATE_SECONDS, DeadlineKeeper
from structlog.testing import capture_logs

from cellhub.domain.settlement import GRACE_SECONDS, CallState
from tests.fixtures.shop import BEGAN, CALLEE, CALLER, answer


class Deadlines:
    """A switch that is up and notes where the deadlines of its channels were moved, and which it ended."""

    up = True

    def __init__(self) -> None:
        self.moved: list[tuple[str, int]] = []
        self.ended: list[str] = []

    def set_deadline(self, channel: str, seconds: int) -> bool:
        self.moved.append((channel, seconds))
        return True

    def hang_up(self, channel: str) -> bool:
        self.ended.append(channel)
        return True


@pytest.fixture
def clock(monkeypatch):
    """A monotonic clock that a test sets forward."""

    class Clock:
        ahead = 0.0

    monkeypatch.setattr(time, "monotonic", lambda real=time.monotonic: real() + Clock.ahead)
    return Clock


@pytest.fixture
def calls():
    """The calls that the agent knows."""
    return Calls()


@pytest.fixture
def talking(shop, calls):
    """An answered call of 60 paid seconds, as the agent knows it."""
    granted = shop.call()
    answer(shop.books, granted)
    calls.begin(granted)
    call = calls.get(granted.request.call_id)
    call.answer(BEGAN, time.monotonic(), exact=True)
    call.step, call.callee_channel, call.caller_channel = 1, CALLEE, CALLER
    link = Deadlines()
    return call, Extender(shop.books, calls, link), link


def test_a_call_is_extended_half_way_through_its_slice(talking, clock):
    call, extender, link = talking
    clock.ahead = 29
    extender.tick()
    assert (call.paid_seconds, link.moved) == (60, [])
    clock.ahead = 30.5
    extender.tick()
    assert (call.paid_seconds, call.state) == (180, CallState.EXTENDED)
    assert [channel for channel, _ in link.moved] == [CALLEE, CALLER]
    assert all(180 + 2 - 32 <= seconds <= 180 + 2 - 30 for _, seconds in link.moved)


def test_money_that_comes_before_the_deadline_lets_the_call_go_on(talking, shop, clock):
    call, extender, link = talking
    client = shop.company.client.id
    shop.give(client, "0.027")
    clock.ahead = 31
    extender.tick()
    shop.give(client, "50")
    extender.tick()
    assert (call.paid_seconds, link.moved) == (60, [])
    clock.ahead += RETRY_SECONDS
    extender.tick()
    assert call.paid_seconds == 180
    assert link.moved != []


def test_a_last_short_slice_is_not_the_end_when_money_comes(talking, shop, clock):
    call, extender, _ = talking
    shop.give(shop.company.client.id, "0.034")
    clock.ahead = 31
    extender.tick()
    assert call.paid_seconds == 78
    shop.give(shop.company.client.id, "50")
    clock.ahead = 70
    extender.tick()
    assert call.paid_seconds > 78


def test_nothing_is_held_while_the_switch_is_away(talking, shop, clock):
    call, extender, link = talking
    link.up = False
    clock.ahead = 40
    extender.tick()
    assert call.paid_seconds == 60


def test_a_call_that_outlives_its_deadline_is_ended_without_the_database(talking, calls, clock):
    _, _, link = talking
    keeper = DeadlineKeeper(calls, link)
    clock.ahead = 60 + GRACE_SECONDS
    keeper.tick()
    assert link.ended == []
    clock.ahead += LATE_SECONDS + 0.1
    keeper.tick()
    assert link.ended == [CALLEE, CALLER]


def test_nobody_is_ended_while_the_switch_is_away(talking, calls, clock):
    _, _, link = talking
    link.up = False
    clock.ahead = 60 + GRACE_SECONDS + LATE_SECONDS + 1
    with capture_logs() as logs:
        DeadlineKeeper(calls, link).tick()
    assert (link.ended, logs) == ([], [])


@pytest.mark.parametrize("over", [{"settling_on": 1.0}, {"review": {"source": "evidence"}}])
def test_a_call_that_is_over_is_neither_ended_again_nor_extended(talking, calls, clock, over):
    call, extender, link = talking
    for name, value in over.items():
        setattr(call, name, value)
    clock.ahead = 60 + GRACE_SECONDS + LATE_SECONDS + 1
    DeadlineKeeper(calls, link).tick()
    extender.tick()
    assert (link.ended, link.moved, call.paid_seconds) == ([], [], 60)
