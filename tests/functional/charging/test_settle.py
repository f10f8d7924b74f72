"""The settlement: what each payer pays, what the books keep of it, and that it happens once."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from cellhub.charging.records import find_call
from cellhub.charging.settling import AttemptSeen, hold_for_review, settle_call
from cellhub.domain.settlement import CallState
from tests.fixtures.shop import BEGAN, CALLEE, CALLER, NUMBER, TRUNK, answer, at_once
from tests.fixtures.shop import talked as talked_for
from tests.fixtures.shop import untalked as not_answered

# 61.4 s of 905 are 30 + 6 × 6 = 66 s: 66 × 0.024 / 60 and 0.002 for the connection.
TALKED = "61.400"
WHOLESALE, RETAIL = Decimal("0.028400"), Decimal("0.035500")
OPENING = Decimal("50.000000")
EVERYTHING = ("account", "call", "call_payer", "ledger_entry", "cdr", "attempt")


def settle(shop, granted, ending):
    return settle_call(shop.books, granted.payers, ending)


def entries(shop):
    return shop.rows(
        "SELECT account_id, kind, reason, amount, balance_after, note, actor FROM ledger_entry "
        "WHERE kind = 'call' ORDER BY id"
    )


def everything(shop):
    return {table: shop.rows(f"SELECT to_jsonb(t) FROM {table} t ORDER BY 1") for table in EVERYTHING}


def test_reseller_and_client_each_pay_their_own_price_and_get_their_hold_back(shop):
    granted = shop.answered("north-201")
    assert settle(shop, granted, talked_for(granted, TALKED))
    reseller, client = shop.company.reseller.id, shop.company.resold.id
    reason = f"call:{granted.request.call_id}"
    assert shop.money(reseller) == (OPENING - WHOLESALE, Decimal(0))
    assert shop.money(client) == (OPENING - RETAIL, Decimal(0))
    assert sorted(entries(shop)) == sorted(
        [
            (reseller, "call", reason, -WHOLESALE, OPENING - WHOLESALE, NUMBER, "agent"),
            (client, "call", reason, -RETAIL, OPENING - RETAIL, NUMBER, "agent"),
        ]
    )
    payers = shop.rows("SELECT position, account_id, held, cost FROM call_payer ORDER BY position")
    assert payers == [(1, reseller, Decimal(0), WHOLESALE), (2, client, Decimal(0), RETAIL)]


def test_the_call_is_settled_and_its_record_tells_all_of_it(shop):
    granted = shop.answered()
    shop.do("UPDATE call SET authorised_at = :at", at=BEGAN - dt.timedelta(seconds=8))
    settle(shop, granted, talked_for(granted, TALKED))
    ended = BEGAN + dt.timedelta(seconds=61, milliseconds=400)
    assert shop.rows("SELECT state, step, trunk, answered_at, ended_at FROM call") == [
        ("SETTLED", 2, TRUNK, BEGAN, ended)
    ]
    client, sip_user = shop.company.client.id, shop.company.sip_user
    assert shop.rows(
        "SELECT account_id, lineage, costs, sip_user_id, sip_user, source, dialled, number, prefix, "
        "destination, trunk, verdict, disposition, code, started_at, answered_at, ended_at, duration, "
        "billsec FROM cdr WHERE call_id = :id",
        id=granted.request.call_id,
    ) == [
        (
            *(client, [client], [WHOLESALE], sip_user.id, sip_user.username, "902125550100"),
            *(NUMBER, NUMBER, "905", "Turkey Mobile", TRUNK, "ok", "ANSWERED", 200),
            *(BEGAN - dt.timedelta(seconds=8), BEGAN, ended, Decimal("69.400"), Decimal(TALKED)),
        )
    ]


def test_the_record_keeps_the_arithmetic_of_the_check_and_of_the_settlement(shop):
    granted = shop.answered()
    settle(shop, granted, talked_for(granted, TALKED))
    story = shop.one("SELECT story FROM cdr WHERE call_id = :id", id=granted.request.call_id)
    assert set(story) == {
        "number",
        "country",
        "rates",
        "prices",
        "trunks",
        "limits",
        "admission",
        "settlement",
    }
    assert story["settlement"] == {
        "source": "evidence",
        "seconds": TALKED,
        "payers": [
            {
                "account_id": shop.company.client.id,
                "cost": "0.028400",
                "steps": [
                    {"label": "Talked", "text": "61.400 s", "amount": None},
                    {"label": "Billed", "text": "30 + 6 × 6 = 66 s", "amount": None},
                    {"label": "Minutes", "text": "66 s × 0.024000 / 60", "amount": "0.026400"},
                    {"label": "Connect charge", "text": "once a call", "amount": "0.002000"},
                    {"label": "Cost", "text": "rounded half up to 6 decimals", "amount": "0.028400"},
                ],
            }
        ],
    }


def test_every_attempt_is_kept_with_its_own_answer(shop):
    granted = shop.answered()
    ending = talked_for(granted, TALKED)
    (carried,) = ending.attempts
    failed = AttemptSeen(
        1, "other-carrier", BEGAN - dt.timedelta(seconds=9), carried.started_at, 503, cause=34
    )
    rang_at = carried.started_at + dt.timedelta(milliseconds=1250)
    carried = replace(carried, position=2, cause=16, rang_at=rang_at)
    settle(shop, granted, replace(ending, attempts=(failed, carried)))
    assert shop.rows(
        "SELECT position, trunk, code, cause, delay, started_at, answered_at, ended_at "
        "FROM attempt ORDER BY position"
    ) == [
        (1, "other-carrier", 503, 34, Decimal("4.000"), failed.started_at, None, failed.ended_at),
        (2, TRUNK, 200, 16, Decimal("1.250"), carried.started_at, BEGAN, carried.ended_at),
    ]


@pytest.mark.parametrize(
    ("code", "rang", "answered", "ended", "delay"),
    [
        (200, 2, 5, 65, "2.000"),
        (200, None, 5, 65, "5.000"),
        (486, None, None, 3, "3.000"),
        (None, 1, None, 30, "1.000"),
        (None, None, None, 30, None),
        (503, None, None, -3_600, None),
        (503, None, None, 86_400, None),
    ],
)
def test_the_delay_of_an_attempt_is_until_its_trunk_first_said_something(code, rang, answered, ended, delay):
    def at(seconds):
        return None if seconds is None else BEGAN + dt.timedelta(seconds=seconds)

    seen = AttemptSeen(1, TRUNK, BEGAN, at(ended), code, at(answered), rang_at=at(rang))
    assert seen.delay == (None if delay is None else Decimal(delay))


@pytest.mark.parametrize(
    ("disposition", "code"), [("BUSY", 486), ("NO ANSWER", 480), ("FAILED", 503), ("NO ANSWER", None)]
)
def test_a_call_that_nobody_answered_is_released_and_costs_nothing(shop, disposition, code):
    granted = shop.call("north-201")
    assert settle(shop, granted, not_answered(granted, disposition, code))
    assert shop.money(shop.company.reseller.id) == shop.money(shop.company.resold.id) == (OPENING, Decimal(0))
    assert entries(shop) == []
    assert shop.rows("SELECT state, answered_at FROM call") == [("RELEASED", None)]
    assert shop.rows(
        "SELECT verdict, disposition, code, costs, billsec FROM cdr WHERE call_id = :id",
        id=granted.request.call_id,
    ) == [("ok", disposition, code, [Decimal(0), Decimal(0)], Decimal(0))]
    assert shop.rows("SELECT held, cost FROM call_payer") == [(Decimal(0), Decimal(0))] * 2


def test_an_answer_of_no_seconds_is_settled_without_an_entry(shop):
    granted = shop.answered()
    assert settle(shop, granted, talked_for(granted, "0.000"))
    assert shop.one("SELECT state FROM call") == "SETTLED"
    assert entries(shop) == []


def test_an_end_that_overtakes_its_answer_settles_all_the_same(shop):
    granted = shop.call()
    assert settle(shop, granted, talked_for(granted, TALKED))
    assert answer(shop.books, granted) is None
    assert shop.rows("SELECT state, answered_at FROM call") == [("SETTLED", BEGAN)]
    assert shop.money(shop.company.client.id) == (OPENING - WHOLESALE, Decimal(0))


def test_a_second_report_changes_nothing_whatever_it_says(shop):
    granted = shop.answered("north-201")
    settle(shop, granted, talked_for(granted, TALKED))
    before = everything(shop)
    assert not settle(shop, granted, talked_for(granted, TALKED))
    assert not settle(shop, granted, talked_for(granted, "600.000"))
    assert not settle(shop, granted, not_answered(granted))
    assert everything(shop) == before


def test_a_released_call_can_no_longer_be_charged(shop):
    granted = shop.call()
    settle(shop, granted, not_answered(granted))
    before = everything(shop)
    assert not settle(shop, granted, talked_for(granted, TALKED))
    assert everything(shop) == before


def test_fifty_threads_that_settle_one_call_settle_it_once(shop):
    granted = shop.answered("north-201")
    ending = talked_for(granted, TALKED)
    answers = at_once(lambda _: settle(shop, granted, ending), times=50, threads=50)
    assert answers.count(True) == 1
    assert sorted(entry[3] for entry in entries(shop)) == [-RETAIL, -WHOLESALE]
    assert shop.money(shop.company.resold.id) == (OPENING - RETAIL, Decimal(0))


def test_a_call_that_talked_beyond_its_money_is_charged_in_full(shop):
    shop.give(shop.company.client.id, "0.014")  # just the first 30 s
    granted = shop.answered()
    settle(shop, granted, talked_for(granted, "31.500"))  # within the grace: one block more
    assert shop.money(shop.company.client.id) == (Decimal("-0.002400"), Decimal(0))


def test_a_doubted_call_keeps_its_holds_until_it_is_settled(shop):
    granted = shop.answered()
    doubt = {"evidence": "70.000", "monotonic": "61.400"}
    held = shop.money(shop.company.client.id)
    assert hold_for_review(shop.books, granted.request.call_id, BEGAN, doubt)
    assert not hold_for_review(shop.books, granted.request.call_id, BEGAN, {"evidence": "1"})
    assert shop.money(shop.company.client.id) == held
    record = find_call(shop.books, granted.request.call_id)
    assert (record.state, record.step, record.ended_at, record.review) == (CallState.REVIEW, 2, BEGAN, doubt)
    assert settle(shop, granted, talked_for(granted, TALKED))
    assert shop.money(shop.company.client.id) == (OPENING - WHOLESALE, Decimal(0))
    assert not hold_for_review(shop.books, granted.request.call_id, BEGAN, doubt)


def test_a_call_is_read_back_as_it_was_admitted(shop):
    granted = shop.answered("north-201")
    record = find_call(shop.books, granted.request.call_id)
    assert record.payers == granted.payers
    assert (record.state, record.step, record.number, record.trunk) == (CallState.ANSWERED, 1, NUMBER, TRUNK)
    assert (record.caller_channel, record.callee_channel) == (CALLER, CALLEE)
    assert (record.paid_seconds, record.last_slice, record.review) == (60, False, None)
    assert (record.answered_at, record.deadline_at) == (BEGAN, BEGAN + dt.timedelta(seconds=62))
    assert find_call(shop.books, "0" * 32) is None
