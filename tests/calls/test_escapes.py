"""What would take a call out of its limit leaves it there, charged by the seconds of the far end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from cellhub.domain.settlement import GRACE_SECONDS
from cellhub.switch.sipp import call
from tests.calls.conftest import DEAR_NUMBER, NUMBER, answered, charged_seconds, ended, price
from tests.calls.raw import RawPhone, raw_phone
from tests.calls.raw_far_end import raw_far_end

pytestmark = pytest.mark.calls

FRAME = Decimal("0.020")
DEAR = "6.000000"
PREMIUM = "905550000000"
AFFORDED = 1
"""Seconds to the dear number that the credit of these clients pays for."""

ENDS_WITHIN = AFFORDED + GRACE_SECONDS + 5


@pytest.fixture
def poor(subscribe):
    """A client whose money ends a second into a dear call."""
    return subscribe(credit="0.15")


@pytest.fixture
def phone(switch, poor):
    """A phone of that client."""
    with raw_phone(switch.settings.sip_port, poor.phone.username, poor.phone.secret) as one:
        yield one


def assert_kept_within_its_limit(subscriber, far):
    """The far end has one call, which ended where the money did, and that is what was charged."""
    (seen,) = far.wait_for(ended, seconds=ENDS_WITHIN)
    assert_charged(subscriber, Decimal(str(seen.talk_seconds)))


def assert_charged(subscriber, talked):
    """The one call ended where the money did, and its seconds at the far end were charged, once."""
    record = subscriber.record(seconds=20)
    assert talked < AFFORDED + GRACE_SECONDS + Decimal("0.5")
    assert abs(record.billsec - min(talked, Decimal(AFFORDED + GRACE_SECONDS))) <= FRAME
    assert subscriber.charges == [-price(charged_seconds(record), DEAR, "0")]
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


@pytest.fixture
def far(switch, phone):
    """The provider's side of the phone's dear call, which is up."""
    with raw_far_end(switch.settings.far_end_port) as one, ThreadPoolExecutor() as pool:
        placed = pool.submit(phone.invite, DEAR_NUMBER)
        one.answer()
        assert placed.result() == 200
        yield one


@pytest.mark.parametrize("number", [NUMBER, PREMIUM])
@pytest.mark.parametrize(
    "replaces", ["", "?Replaces={0.call_id}%3Bto-tag%3D{0.tag}%3Bfrom-tag%3D{0.peer_tag}"]
)
def test_a_transfer_by_the_provider_is_refused_and_the_call_goes_on_to_its_limit(far, poor, number, replaces):
    code = far.request("REFER", f"Refer-To: <sip:{number}@127.0.0.1{replaces.format(far)}>")
    assert code is None or code >= 400
    assert_charged(poor, far.wait_for_the_end(ENDS_WITHIN))


@pytest.mark.parametrize("keys", ["#", "*2", "#1", "##"])
def test_keys_of_the_provider_that_transfer_elsewhere_do_nothing(far, poor, keys):
    for key in keys:
        body = f"Signal={key}\r\nDuration=100\r\n"
        assert far.request("INFO", "Content-Type: application/dtmf-relay", body=body) == 200
    assert_charged(poor, far.wait_for_the_end(ENDS_WITHIN))


def test_the_provider_cannot_replace_its_side_of_a_call(switch, far, poor):
    other = RawPhone(far.line, switch.settings.sip_port, "905551112233", "")
    replaces = f"Replaces: {far.call_id};to-tag={far.peer_tag};from-tag={far.tag}"
    code = other.invite(NUMBER, replaces, "Require: replaces")
    assert code is not None
    assert code >= 400
    assert_charged(poor, far.wait_for_the_end(ENDS_WITHIN))


def test_a_phone_that_vanishes_without_a_bye_is_cut_off_at_its_limit(phone, poor, far_ends):
    with far_ends("200") as (far,):
        assert phone.invite(DEAR_NUMBER) == 200
        phone.line.close()
        assert_kept_within_its_limit(poor, far)


def test_what_a_trunk_sends_back_is_refused_so_that_no_call_goes_round(switch):
    port, trunk_port = switch.settings.sip_port, switch.settings.far_end_port
    with raw_phone(port, "905551112233", "", local=("127.0.0.1", trunk_port)) as trunk:
        code = trunk.invite(NUMBER)
    assert code is not None
    assert code >= 400
    switch.wait_until_idle()


def test_a_trunk_that_leads_back_to_the_softswitch_carries_nothing(switch, subscribe, open_far_trunk):
    trunk = open_far_trunk(port=switch.settings.sip_port)
    subscriber = subscribe(trunk_id=trunk.id)
    assert call(subscriber.phone, NUMBER).code >= 400
    record = subscriber.record()
    assert (record.billsec, subscriber.charges, subscriber.money) == (0, [], (10, 0))
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
