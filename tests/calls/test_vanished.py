"""A phone vanishes and says no BYE: its call ends by what Asterisk misses, and is charged until then."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.calls.conftest import NUMBER, answered, ended, price
from tests.calls.raw import raw_phone, speaking

pytestmark = pytest.mark.calls

FRAME = Decimal("0.020")
SILENCE_SECONDS = 60
"""After so long a silence Asterisk ends a call."""

SESSION_SECONDS = 90
"""The shortest session that may be asked for; a third of it before its end Asterisk gives it up."""

CHECKED_EVERY = 6


@pytest.fixture
def call_in(switch, subscribe):
    """Open a client and give its phone, which rings with this number."""

    def open_client(number):
        subscriber = subscribe(caller_id_number=number)
        return subscriber, raw_phone(
            switch.settings.sip_port, subscriber.phone.username, subscriber.phone.secret
        )

    return open_client


def assert_charged_until_its_end(subscriber, seen, least, most):
    record = subscriber.record(seconds=20)
    talked = Decimal(str(seen.talk_seconds))
    assert least <= talked <= most
    assert abs(record.billsec - talked) <= FRAME
    assert subscriber.charges == [-price(record.billsec)]
    assert subscriber.money[1] == 0


def test_a_voice_that_stops_and_a_session_that_nobody_refreshes_end_their_calls(call_in, far_ends):
    silent, silent_phone = call_in("15550000001")
    stale, stale_phone = call_in("15550000002")
    session = ("Supported: timer", f"Session-Expires: {SESSION_SECONDS};refresher=uac", "Min-SE: 90")
    with far_ends("200") as (far,), stale_phone as speaks_on:
        with silent_phone as falls_silent:
            assert falls_silent.invite(NUMBER) == 200
            with speaking(falls_silent):
                far.wait_for(answered)
                assert speaks_on.invite(NUMBER, *session) == 200
        with speaking(speaks_on):
            calls = far.wait_for(
                lambda calls: len(calls) == 2 and ended(calls), SESSION_SECONDS + SILENCE_SECONDS
            )
    by_caller = {one.caller: one for one in calls}
    ends = SILENCE_SECONDS, SILENCE_SECONDS + CHECKED_EVERY
    assert_charged_until_its_end(silent, by_caller["15550000001"], *ends)
    ends = SESSION_SECONDS * 2 // 3 - CHECKED_EVERY, SESSION_SECONDS
    assert_charged_until_its_end(stale, by_caller["15550000002"], *ends)
