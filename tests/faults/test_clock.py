"""The clock on the wall is set while somebody talks: no second of it is charged."""

from __future__ import annotations

import pytest
from cellhub_agi.overdue import LATE_SECONDS
from sqlalchemy import select

from cellhub.calls.models import Call
from cellhub.domain.settlement import GRACE_SECONDS, CallState
from tests.calls.conftest import NUMBER, answered, charged_seconds, ended, price
from tests.faults.clock import own_clock
from tests.faults.conftest import A_SECOND, PAID_SECONDS, POOR_CREDIT
from tests.fixtures.switch import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.clock]

AN_HOUR = 3600
TOLERANCE = 0.25
"""Seconds: the agent reads twenty times a second what Asterisk writes, and goes by that then."""


@pytest.fixture(scope="module")
def clock(switch):
    """The clock of the softswitch and the agent."""
    with own_clock(switch) as clock:
        yield clock


@pytest.fixture(autouse=True)
def right_again(clock):
    """The next test finds the clock as the machine's."""
    yield
    clock.set(0)


def is_noted(subscriber):
    with subscriber.switch.books() as session:
        states = select(Call.state).where(Call.account_id == subscriber.account_id)
        return session.scalars(states).all() == [CallState.ANSWERED]


@pytest.fixture
def talk(clock, far_ends, in_background):
    """Place a call and set the clock while it goes on; tell how long the far end talked, and its record."""

    def place(subscriber, by, talk_seconds):
        with far_ends("200") as (far,):
            in_background(subscriber.phone, NUMBER, talk_seconds)
            far.wait_for(answered)
            wait_for(lambda: is_noted(subscriber), "the agent knows that it was answered")
            clock.set(by)
            (heard,) = far.wait_for(ended, talk_seconds + 5)
            return heard.talk_seconds, subscriber.record()

    return place


@pytest.mark.parametrize("by", [AN_HOUR, -AN_HOUR])
def test_a_call_is_charged_the_seconds_that_it_lasted(by, subscriber, talk):
    heard, record = talk(subscriber, by, 4.0)
    assert float(record.billsec) == pytest.approx(heard, abs=TOLERANCE)
    assert subscriber.charges == [-price(charged_seconds(record))]
    assert subscriber.money == (10 - price(charged_seconds(record)), 0)


def test_a_call_ends_where_its_money_ends_though_the_clock_is_set_back(subscribe, talk):
    subscriber = subscribe(credit=POOR_CREDIT)
    heard, _ = talk(subscriber, -AN_HOUR, 30.0)
    assert heard < float(PAID_SECONDS) + GRACE_SECONDS + LATE_SECONDS + 1
    assert subscriber.money == (-GRACE_SECONDS * A_SECOND, 0)
