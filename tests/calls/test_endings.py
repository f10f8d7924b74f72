"""How a call ends: at the far end, in the record, in the ledger."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cellhub.calls.models import Disposition
from cellhub.local.demo_switch import BACKUP, FAR_END
from cellhub.switch.sipp import call
from tests.calls.conftest import NUMBER, charged_seconds, ended, price

pytestmark = pytest.mark.calls

FRAME = Decimal("0.020")
NOTHING = Decimal(0)


def test_an_answered_call_costs_the_far_ends_seconds_at_the_longest_prefix(subscriber, far_ends):
    with far_ends("200") as (far,):
        outcome = call(subscriber.phone, NUMBER, talk_seconds=2.5)
        (seen,) = far.wait_for(ended)
        record = subscriber.record()
    assert outcome.code == 200
    assert (record.disposition, record.code, record.verdict) == (Disposition.ANSWERED, 200, "ok")
    assert (record.number, record.prefix, record.trunk) == (NUMBER, "905", FAR_END)
    assert abs(record.billsec - Decimal(str(seen.talk_seconds))) <= FRAME
    assert record.costs == [price(charged_seconds(record))]
    assert subscriber.charges == [-price(charged_seconds(record))]
    assert subscriber.money == (Decimal(10) - price(charged_seconds(record)), NOTHING)
    assert subscriber.attempts(record) == [(FAR_END, 200)]


def test_a_sip_user_without_a_number_is_anonymous_to_the_trunk(subscriber, far_ends):
    with far_ends("486") as (far,):
        call(subscriber.phone, NUMBER)
        assert [one.caller for one in far.calls()] == ["anonymous"]


def test_a_sip_users_number_is_what_the_trunk_sees(subscribe, far_ends):
    subscriber = subscribe(caller_id_number="15550001122")
    with far_ends("486") as (far,):
        call(subscriber.phone, NUMBER)
        assert [one.caller for one in far.calls()] == ["15550001122"]


def test_a_trunks_own_number_is_what_it_sees_of_a_sip_user_without_one(
    switch, subscribe, far_ends, open_far_trunk
):
    trunk = open_far_trunk(port=switch.settings.far_end_port, caller_id="15550003344")
    subscriber = subscribe(trunk_id=trunk.id)
    with far_ends("486") as (far,):
        call(subscriber.phone, NUMBER)
        assert [one.caller for one in far.calls()] == ["15550003344"]


@pytest.mark.parametrize(
    ("answer", "disposition"),
    [("486", Disposition.BUSY), ("404", Disposition.FAILED), ("480", Disposition.NO_ANSWER)],
)
def test_a_refusal_reaches_the_phone_and_costs_nothing(answer, disposition, subscriber, far_ends):
    with far_ends(answer, "200") as (first, second):
        outcome = call(subscriber.phone, NUMBER)
        record = subscriber.record()
        assert [one.number for one in first.calls()] == [NUMBER]
        assert second.calls() == []
    assert outcome.code == int(answer)
    assert (record.disposition, record.code) == (disposition, int(answer))
    assert_free(subscriber, record)


def test_an_unanswered_call_ends_at_the_ring_limit(switch, subscribe, far_ends, open_far_trunk):
    trunk = open_far_trunk(port=switch.settings.far_end_port, ring_seconds=5)
    subscriber = subscribe(trunk_id=trunk.id)
    with far_ends("ring") as (far,):
        outcome = call(subscriber.phone, NUMBER)
        record = subscriber.record()
        (seen,) = far.wait_for(lambda calls: bool(calls) and calls[0].cancelled)
    assert outcome.code == 480
    assert seen.answered is False
    assert record.disposition is Disposition.NO_ANSWER
    assert trunk.ring_seconds <= record.duration < trunk.ring_seconds + 1
    assert_free(subscriber, record)


def test_a_caller_who_gives_up_pays_nothing(subscriber, far_ends):
    with far_ends("ring") as (far,):
        outcome = call(subscriber.phone, NUMBER, cancel_after=0.5)
        record = subscriber.record()
        far.wait_for(lambda calls: bool(calls) and calls[0].cancelled)
    assert outcome.code == 487
    assert record.disposition is Disposition.NO_ANSWER
    assert subscriber.attempts(record) == [(FAR_END, None)]
    assert_free(subscriber, record)


def test_the_second_trunk_carries_what_the_first_one_cannot(subscriber, far_ends):
    with far_ends("503", "200") as (first, second):
        outcome = call(subscriber.phone, NUMBER, talk_seconds=1.5)
        (seen,) = second.wait_for(ended)
        record = subscriber.record()
        assert len(first.calls()) == 1
    assert outcome.code == 200
    assert record.trunk == BACKUP
    assert subscriber.attempts(record) == [(FAR_END, 503), (BACKUP, 200)]
    assert abs(record.billsec - Decimal(str(seen.talk_seconds))) <= FRAME
    assert subscriber.charges == [-price(charged_seconds(record))]


def test_a_decline_does_not_ring_the_second_trunk(subscriber, far_ends):
    with far_ends("603", "200") as (first, second):
        outcome = call(subscriber.phone, NUMBER)
        record = subscriber.record()
        assert len(first.calls()) == 1
        assert second.calls() == []
    assert outcome.code == 603
    assert subscriber.attempts(record) == [(FAR_END, 603)]
    assert_free(subscriber, record)


@pytest.mark.parametrize("answer", ["301", "302"])
def test_a_trunk_that_sends_the_call_elsewhere_is_not_followed_and_rings_no_second_one(
    answer, subscriber, far_ends
):
    with far_ends(answer, "200") as (first, second):
        outcome = call(subscriber.phone, NUMBER)
        record = subscriber.record()
        assert [one.number for one in first.calls()] == [NUMBER]
        assert second.calls() == []
    assert outcome.code == 480
    # On a busy machine Dial may give the leg up before its code has been noted.
    assert subscriber.attempts(record) in ([(FAR_END, int(answer))], [(FAR_END, None)])
    assert record.disposition is Disposition.NO_ANSWER
    assert_free(subscriber, record)


def test_nobody_carries_the_call_when_both_trunks_fail(subscriber, far_ends):
    with far_ends("500", "503"):
        outcome = call(subscriber.phone, NUMBER)
        record = subscriber.record()
    assert outcome.code == 503
    assert subscriber.attempts(record) == [(FAR_END, 500), (BACKUP, 503)]
    assert_free(subscriber, record)


def assert_free(subscriber, record):
    assert record.billsec == 0
    assert record.costs == [NOTHING]
    assert subscriber.charges == []
    assert subscriber.money == (Decimal(10), NOTHING)
