"""A phone or a far end vanishes and says no BYE: the call ends by what Asterisk misses."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cellhub.switch.sipp import far_end
from tests.calls.conftest import NUMBER, answered, charged_seconds, ended, price
from tests.calls.raw import raw_phone, speaking

pytestmark = pytest.mark.calls

FRAME = Decimal("0.020")
SILENCE_SECONDS = 60
"""After so long a silence Asterisk ends a call."""

SESSION_SECONDS = 90
"""The shortest session that may be asked for; a third of it before its end Asterisk gives it up."""

CHECKED_EVERY = 6
AFTER_SILENCE = SILENCE_SECONDS - 1, SILENCE_SECONDS + CHECKED_EVERY
BEFORE_ITS_END = SESSION_SECONDS * 2 // 3 - CHECKED_EVERY, SESSION_SECONDS


@pytest.fixture
def call_in(switch, subscribe):
    """Open a client and give its phone, which rings with this number."""

    def open_client(number, **settings):
        subscriber = subscribe(caller_id_number=number, **settings)
        return subscriber, raw_phone(
            switch.settings.sip_port, subscriber.phone.username, subscriber.phone.secret
        )

    return open_client


def assert_charged(subscriber, least, most):
    record = subscriber.record(seconds=20)
    assert least <= record.billsec <= most
    assert subscriber.charges == [-price(charged_seconds(record))]
    assert subscriber.money[1] == 0
    return record.billsec


def test_a_voice_that_stops_on_either_side_and_a_session_that_nobody_refreshes_end_their_calls(
    switch, call_in, far_ends, open_far_trunk
):
    port = switch.settings.far_end_port + 1
    silent, silent_phone = call_in("15550000001")
    stale, stale_phone = call_in("15550000002")
    lost, lost_phone = call_in("15550000003", trunk_id=open_far_trunk(port=port).id)
    session = ("Supported: timer", f"Session-Expires: {SESSION_SECONDS};refresher=uac", "Min-SE: 90")
    with far_ends("200") as (far,), stale_phone as speaks_on, lost_phone as left_alone:
        with far_end(port) as vanishes:
            assert left_alone.invite(NUMBER) == 200
            vanishes.wait_for(answered)
        with silent_phone as falls_silent:
            assert falls_silent.invite(NUMBER) == 200
            with speaking(falls_silent):
                far.wait_for(answered)
                assert speaks_on.invite(NUMBER, *session) == 200
        with speaking(speaks_on), speaking(left_alone):
            calls = far.wait_for(
                lambda calls: len(calls) == 2 and ended(calls), SESSION_SECONDS + SILENCE_SECONDS
            )
            assert_charged(lost, *AFTER_SILENCE)
        assert left_alone.heard("BYE")
    talked = {one.caller: Decimal(str(one.talk_seconds)) for one in calls}
    assert abs(assert_charged(silent, *AFTER_SILENCE) - talked["15550000001"]) <= FRAME
    assert abs(assert_charged(stale, *BEFORE_ITS_END) - talked["15550000002"]) <= FRAME
