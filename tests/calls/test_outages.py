"""PostgreSQL goes away while a call runs, or stands still while somebody registers."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from cellhub.domain.settlement import GRACE_SECONDS
from cellhub.switch.sipp import register
from tests.calls.conftest import NUMBER, answered, charged_seconds, ended, price
from tests.calls.raw import raw_phone
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.calls


def test_a_call_that_ends_without_a_database_is_settled_once_when_it_is_back(
    switch, subscriber, far_ends, in_background
):
    with far_ends("200") as (far,):
        placed = in_background(subscriber.phone, NUMBER, 2.5)
        far.wait_for(answered)
        with switch.down("postgres"):
            outcome = placed.result()
            (seen,) = far.wait_for(ended)
        record = subscriber.record(seconds=40)
    assert (outcome.code, round(outcome.talk_seconds, 1)) == (200, 2.5)
    assert abs(record.billsec - Decimal(str(seen.talk_seconds))) <= Decimal("0.020")
    assert subscriber.charges == [-price(charged_seconds(record))]
    assert subscriber.money == (Decimal(10) - price(charged_seconds(record)), Decimal(0))


def test_a_database_that_stands_still_holds_nobody_up_for_longer_than_the_grace(switch, subscriber):
    with (
        switch.standing_still("postgres"),
        raw_phone(switch.settings.sip_port, subscriber.phone.username, "") as phone,
    ):
        asked = time.monotonic()
        assert phone.request("REGISTER", subscriber.phone.username) == 401  # of a user nobody knows
        assert time.monotonic() - asked < GRACE_SECONDS
    wait_for(lambda: register(subscriber.phone) == 200, "Asterisk asks the database again")
    assert register(subscriber.phone, expires=0) == 200


def test_a_pooler_that_dies_is_back_before_anybody_misses_it_for_long(switch, subscriber):
    before = switch.pid("pooler")
    switch.kill("pooler")
    wait_for(lambda: switch.pid("pooler") not in {0, before}, "the pooler was started again")
    wait_for(lambda: register(subscriber.phone) == 200, "Asterisk asks the database again")
    assert register(subscriber.phone, expires=0) == 200
