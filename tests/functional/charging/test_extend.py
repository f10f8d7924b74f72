"""A call while it runs: its answer is noted once, and each further slice is held before it is talked."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from cellhub.charging.records import find_call, open_calls
from cellhub.charging.running import extend_call
from cellhub.charging.settling import settle_call
from cellhub.domain.admission import Admission
from tests.fixtures.shop import BEGAN, CALLEE, CALLER, POD, TRUNK, answer, at_once
from tests.fixtures.shop import talked as talked_for

FIRST_HOLD = Decimal("0.026000")
# 30 + 25 × 6 = 180 s of 905 at 0.024 a minute, and 0.002 for the connection.
WHOLE_HOLD = Decimal("0.074000")


def extend(shop, granted, *, step=1, paid=60, wanted=120):
    return extend_call(
        shop.books, granted.request.call_id, granted.payers, step=step, paid_seconds=paid, wanted=wanted
    )


def running(shop):
    return shop.rows("SELECT state, step, paid_seconds, last_slice, deadline_at FROM call")


def after(seconds):
    return BEGAN + dt.timedelta(seconds=seconds)


def test_an_answer_starts_the_deadline_and_is_noted_once(shop):
    granted = shop.call()
    assert answer(shop.books, granted) == 1
    assert running(shop) == [("ANSWERED", 1, 60, False, after(62))]
    assert shop.rows("SELECT answered_at, trunk, caller_channel, callee_channel FROM call") == [
        (BEGAN, TRUNK, CALLER, CALLEE)
    ]
    assert answer(shop.books, granted) == 1
    assert answer(shop.books, granted, after(5)) is None
    assert running(shop) == [("ANSWERED", 1, 60, False, after(62))]


def test_the_hold_grows_to_the_whole_call_and_the_deadline_moves(shop):
    granted = shop.answered()
    slice_ = extend(shop, granted)
    (payer,) = granted.payers
    assert slice_ == Admission((type(payer)(payer.account_id, payer.price, WHOLE_HOLD),), 120, last=False)
    assert shop.money(shop.company.client.id) == (Decimal(50), WHOLE_HOLD)
    assert shop.rows("SELECT held, cost FROM call_payer") == [(WHOLE_HOLD, None)]
    assert running(shop) == [("EXTENDED", 2, 180, False, after(182))]


def test_reseller_and_client_both_hold_the_next_slice_at_their_own_price(shop):
    granted = shop.answered("north-201")
    extend(shop, granted)
    assert shop.money(shop.company.reseller.id)[1] == WHOLE_HOLD
    assert shop.money(shop.company.resold.id)[1] == Decimal("0.092500")


def test_a_second_extension_starts_where_the_first_ended(shop):
    granted = shop.answered()
    first = extend(shop, granted)
    second = extend_call(
        shop.books, granted.request.call_id, first.payers, step=2, paid_seconds=180, wanted=300
    )
    assert (second.slice_seconds, second.last) == (300, False)
    assert shop.money(shop.company.client.id)[1] == Decimal("0.194000")  # 480 s
    assert running(shop) == [("EXTENDED", 3, 480, False, after(482))]


def test_the_money_that_is_left_buys_a_shorter_slice_which_is_the_last(shop):
    shop.give(shop.company.client.id, "0.034")  # 80 s of 905, which are 78 s in its blocks
    granted = shop.answered()
    slice_ = extend(shop, granted)
    assert (slice_.slice_seconds, slice_.last) == (18, True)
    assert running(shop) == [("EXTENDED", 2, 78, True, after(80))]
    assert shop.money(shop.company.client.id) == (Decimal("0.034000"), Decimal("0.033200"))


def test_without_money_nothing_is_held_and_the_deadline_stays(shop):
    shop.give(shop.company.client.id, "0.027")
    granted = shop.answered()
    assert extend(shop, granted) is None
    assert shop.money(shop.company.client.id) == (Decimal("0.027000"), FIRST_HOLD)
    assert running(shop) == [("ANSWERED", 1, 60, False, after(62))]


def test_a_reseller_without_money_stops_its_clients_call(shop):
    granted = shop.answered("north-201")
    shop.give(shop.company.reseller.id, "0.027")
    assert extend(shop, granted) is None
    assert shop.money(shop.company.resold.id)[1] == Decimal("0.032500")


@pytest.mark.parametrize("step", [0, 2])
def test_a_step_that_is_not_the_calls_holds_nothing(shop, step):
    granted = shop.answered()
    assert extend(shop, granted, step=step) is None
    assert shop.money(shop.company.client.id)[1] == FIRST_HOLD
    assert running(shop) == [("ANSWERED", 1, 60, False, after(62))]


def test_a_call_that_nobody_answered_is_not_extended(shop):
    granted = shop.call()
    assert extend(shop, granted, step=0) is None
    assert shop.money(shop.company.client.id)[1] == FIRST_HOLD


def test_a_call_that_was_settled_meanwhile_is_not_extended(shop):
    granted = shop.answered()
    settle_call(shop.books, granted.payers, talked_for(granted, "10.000"))
    assert extend(shop, granted, step=2) is None
    assert shop.money(shop.company.client.id)[1] == 0


def test_of_many_that_extend_the_same_step_one_does(shop):
    granted = shop.answered()
    answers = at_once(lambda _: extend(shop, granted), times=20, threads=8)
    assert sum(one is not None for one in answers) == 1
    assert shop.money(shop.company.client.id)[1] == WHOLE_HOLD
    assert running(shop) == [("EXTENDED", 2, 180, False, after(182))]


def test_many_calls_that_extend_at_once_never_hold_more_than_there_is(shop):
    calls = [shop.answered() for _ in range(20)]
    money = 20 * FIRST_HOLD + 5 * (WHOLE_HOLD - FIRST_HOLD)
    shop.give(shop.company.client.id, str(money))
    answers = at_once(lambda n: extend(shop, calls[n]), times=20, threads=8)
    held = shop.money(shop.company.client.id)[1]
    assert 20 * FIRST_HOLD < held <= money
    assert held == shop.one("SELECT sum(held) FROM call_payer")
    assert sum(one is not None for one in answers) == shop.one(
        "SELECT count(*) FROM call WHERE state = 'EXTENDED'"
    )


def test_an_extended_call_is_read_back_with_all_that_it_holds(shop):
    granted = shop.answered("north-201")
    slice_ = extend(shop, granted)
    record = find_call(shop.books, granted.request.call_id)
    assert (record.payers, record.paid_seconds, record.step) == (slice_.payers, 180, 2)


def test_the_open_calls_of_a_pod_are_its_own_and_not_final(shop):
    ringing, talking, over = shop.call(), shop.answered(), shop.answered()
    settle_call(shop.books, over.payers, talked_for(over, "10.000"))
    found = {record.call_id for record in open_calls(shop.books, POD)}
    assert found == {ringing.request.call_id, talking.request.call_id}
    assert open_calls(shop.books, "pod-2") == []


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE account SET status = 'suspended' WHERE id = :client",
        "UPDATE account SET status = 'blocked' WHERE id = :client",
        "UPDATE sip_user SET enabled = false WHERE username = 'north-101'",
    ],
)
def test_a_customer_who_was_stopped_meanwhile_gets_no_further_slice(shop, deed):
    granted = shop.answered()
    shop.do(deed, client=shop.company.client.id)
    assert extend(shop, granted) is None
    assert shop.money(shop.company.client.id)[1] == FIRST_HOLD
    assert running(shop) == [("ANSWERED", 1, 60, False, after(62))]


def test_a_blocked_reseller_stops_its_clients_calls_at_their_deadline(shop):
    granted = shop.answered("north-201")
    shop.do("UPDATE account SET status = 'blocked' WHERE id = :id", id=shop.company.reseller.id)
    assert extend(shop, granted) is None
