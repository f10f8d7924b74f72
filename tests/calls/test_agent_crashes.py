"""The agent dies or hangs: no call is free, none is charged twice, no channel stays."""

from __future__ import annotations

import signal
import time
from decimal import Decimal

import pytest

from cellhub.switch.sipp import call
from tests.calls.conftest import NUMBER, answered, charged_seconds, ended, price
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.calls

FRAME = Decimal("0.020")
CHECK_SECONDS = 3


def test_killed_before_a_call_it_is_refused_and_the_channel_freed(switch, subscriber, far_ends):
    with far_ends("200", "200") as ends, switch.down("agent"):
        began = time.monotonic()
        outcome = call(subscriber.phone, NUMBER)
        took = time.monotonic() - began
        switch.wait_until_idle()
        assert [end.calls() for end in ends] == [[], []]
    assert outcome.code == 503
    assert took < CHECK_SECONDS + 1
    assert subscriber.money == (Decimal(10), Decimal(0))


def test_killed_during_a_call_it_charges_it_once_by_its_seconds(switch, subscriber, far_ends, in_background):
    with far_ends("200") as (far,):
        placed = in_background(subscriber.phone, NUMBER, 5.0)
        far.wait_for(answered)
        switch.kill("agent")
        assert placed.result().code == 200
        (seen,) = far.wait_for(ended)
        assert_charged_once(subscriber, seen)
    switch.wait_until_up()


def test_killed_at_the_end_of_a_call_it_settles_it_once_after_its_restart(
    switch, subscriber, far_ends, in_background
):
    with far_ends("200") as (far,):
        placed = in_background(subscriber.phone, NUMBER, 2.0)
        far.wait_for(answered)
        with switch.down("agent"):
            assert placed.result().code == 200
            (seen,) = far.wait_for(ended)
        assert_charged_once(subscriber, seen)


def test_hanging_it_has_calls_refused_and_their_channels_freed(switch, subscriber, far_ends):
    with far_ends("200", "200") as ends:
        switch.kill("agent", signal.SIGSTOP)
        try:
            began = time.monotonic()
            outcome = call(subscriber.phone, NUMBER)
            took = time.monotonic() - began
            assert switch.channels() == 0
        finally:
            switch.kill("agent", signal.SIGCONT)
        assert [end.calls() for end in ends] == [[], []]
    assert outcome.code == 503
    assert CHECK_SECONDS - 0.5 < took < CHECK_SECONDS + 1
    switch.wait_until_idle()
    # The check that waited is answered once the agent goes on: its hold comes, and goes with the call.
    wait_for(lambda: subscriber.money == (Decimal(10), Decimal(0)), "nothing is held", 10.0)


def assert_charged_once(subscriber, seen):
    record = subscriber.record(seconds=40)
    assert abs(record.billsec - Decimal(str(seen.talk_seconds))) <= FRAME
    assert subscriber.charges == [-price(charged_seconds(record))]
    assert subscriber.money == (Decimal(10) - price(charged_seconds(record)), Decimal(0))
