"""PostgreSQL goes away while a call runs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.calls.conftest import NUMBER, answered, charged_seconds, ended, price

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
