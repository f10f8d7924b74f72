"""What would take a call out of its limit leaves it there, charged by the seconds of the far end."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cellhub.domain.settlement import GRACE_SECONDS
from cellhub.switch.sipp import call
from tests.calls.conftest import DEAR_NUMBER, NUMBER, answered, ended, price
from tests.calls.raw import raw_phone

pytestmark = pytest.mark.calls

FRAME = Decimal("0.020")
DEAR = "6.000000"
AFFORDED = 3
"""Seconds to the dear number that the credit of these clients pays for."""


@pytest.fixture
def poor(subscribe):
    """A client whose money ends a few seconds into a dear call."""
    return subscribe(credit="0.35")


@pytest.fixture
def phone(switch, poor):
    """A phone of that client."""
    with raw_phone(switch.settings.sip_port, poor.phone.username, poor.phone.secret) as one:
        yield one


def assert_kept_within_its_limit(subscriber, far):
    """The far end has one call, which ended where the money did, and that is what was charged."""
    (seen,) = far.wait_for(ended, seconds=AFFORDED + GRACE_SECONDS + 5)
    record = subscriber.record(seconds=20)
    talked = Decimal(str(seen.talk_seconds))
    assert talked < AFFORDED + GRACE_SECONDS + Decimal("0.5")
    assert abs(record.billsec - min(talked, Decimal(AFFORDED + GRACE_SECONDS))) <= FRAME
    assert subscriber.charges == [-price(record.billsec, DEAR, "0")]
    assert subscriber.money[1] == 0
    assert subscriber.money[0] >= -GRACE_SECONDS * Decimal("0.1")


def refer(phone):
    return phone.request("REFER", DEAR_NUMBER, f"Refer-To: <sip:{NUMBER}@127.0.0.1>", "Refer-Sub: false")


def refer_with_replaces(phone):
    replaces = f"{phone.call_id}%3Bto-tag%3D{phone.peer_tag}%3Bfrom-tag%3D{phone.tag}"
    return phone.request("REFER", DEAR_NUMBER, f"Refer-To: <sip:{NUMBER}@127.0.0.1?Replaces={replaces}>")


@pytest.mark.parametrize("transfer", [refer, refer_with_replaces])
def test_a_transfer_by_the_phone_is_refused_and_the_call_goes_on_to_its_limit(
    transfer, phone, poor, far_ends
):
    with far_ends("200") as (far,):
        assert phone.invite(DEAR_NUMBER) == 200
        far.wait_for(answered)
        code = transfer(phone)
        assert code is None or code >= 400
        assert_kept_within_its_limit(poor, far)


@pytest.mark.parametrize("keys", ["#", "*2", "#1", "##"])
def test_keys_that_transfer_elsewhere_do_nothing(keys, phone, poor, far_ends):
    with far_ends("200") as (far,):
        assert phone.invite(DEAR_NUMBER) == 200
        far.wait_for(answered)
        for key in keys:
            body = f"Signal={key}\r\nDuration=100\r\n"
            assert (
                phone.request("INFO", DEAR_NUMBER, "Content-Type: application/dtmf-relay", body=body) == 200
            )
        assert_kept_within_its_limit(poor, far)


def test_another_phone_cannot_replace_one_side_of_a_call(switch, phone, poor, subscriber, far_ends):
    port = switch.settings.sip_port
    with (
        far_ends("200") as (far,),
        raw_phone(port, subscriber.phone.username, subscriber.phone.secret) as other,
    ):
        assert phone.invite(DEAR_NUMBER) == 200
        far.wait_for(answered)
        replaces = f"Replaces: {phone.call_id};to-tag={phone.peer_tag};from-tag={phone.tag}"
        code = other.invite(NUMBER, replaces, "Require: replaces")
        assert code is not None
        assert code >= 400
        assert_kept_within_its_limit(poor, far)
    assert subscriber.charges == []


def test_a_phone_that_vanishes_without_a_bye_is_cut_off_at_its_limit(phone, poor, far_ends):
    with far_ends("200") as (far,):
        assert phone.invite(DEAR_NUMBER) == 200
        phone.line.close()
        assert_kept_within_its_limit(poor, far)


def test_what_a_trunk_sends_back_is_refused_so_that_no_call_goes_round(switch):
    port, trunk_port = switch.settings.sip_port, switch.settings.far_end_port
    with raw_phone(port, "905551112233", "", local_port=trunk_port) as trunk:
        code = trunk.invite(NUMBER)
    assert code is not None
    assert code >= 400
    switch.wait_until_idle()


def test_early_media_for_ever_ends_at_the_ring_limit_and_costs_nothing(
    switch, subscribe, far_ends, open_far_trunk
):
    trunk = open_far_trunk(port=switch.settings.far_end_port, ring_seconds=5)
    subscriber = subscribe(trunk_id=trunk.id)
    with far_ends("early") as (far,):
        outcome = call(subscriber.phone, NUMBER)
        record = subscriber.record()
        (seen,) = far.wait_for(lambda calls: bool(calls) and calls[0].cancelled)
    assert outcome.code == 480
    assert seen.answered is False
    assert (record.billsec, subscriber.charges) == (0, [])
    assert trunk.ring_seconds <= record.duration < trunk.ring_seconds + 1
