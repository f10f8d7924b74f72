"""Calls are priced again: by their prices of then as a check of the books, by a deck as a correction."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from cellhub.charging.adjusting import Due, Range, adjust
from cellhub.charging.late import give_back
from cellhub.charging.settling import settle_call
from cellhub.domain.money import ZERO
from cellhub.domain.rerating import Sums
from cellhub.domain.settlement import BOUND
from cellhub.money.rerating import Invoiced, Order
from tests.fixtures.shop import at_once, talked
from tests.functional.charging.rerating import (
    ALWAYS,
    DEARER,
    DEARER_RESOLD,
    RETAIL,
    WHOLESALE,
    actor,
    adjustments,
    by_deck,
    drifts,
    priced,
    sell,
)


def test_thousands_of_calls_cost_by_their_prices_of_then_what_the_ledger_charged(market, sessions):
    calls = 2_000
    at_once(lambda n: sell(market, ("north-101", "north-201")[n % 2], f"{n / 16:.3f}"), calls, 4)
    report, found = priced(sessions, Order(ALWAYS, batch=300))
    booked = market.one("SELECT -sum(amount) FROM ledger_entry WHERE kind = 'call'")
    # Two are the factory's own: nobody kept their prices. A call of 0 s was answered and is free.
    assert (report.calls, report.unpriced, report.differing, found) == (calls + 2, 2, 0, [])
    assert report.all == Sums(booked, booked)


def test_the_exact_seconds_count_and_not_those_that_the_record_shows(market, sessions):
    call_id = sell(market, seconds="60.0004")
    assert market.one("SELECT billsec FROM cdr WHERE call_id = :id", id=call_id) == 60
    assert priced(sessions, Order(ALWAYS))[1] == []


def test_late_evidence_is_what_a_call_is_priced_by_again(market, sessions):
    granted = market.call()
    assert settle_call(market.books, granted.payers, replace(talked(granted, "62"), source=BOUND))
    assert give_back(market.books, granted.request.call_id, Decimal(40))
    assert priced(sessions, Order(ALWAYS))[1] == []


def test_a_deck_reprices_the_top_payer_and_margins_follow(market, sessions, deck):
    own, resold = sell(market), sell(market, "north-201")
    report, found = priced(sessions, by_deck(deck))
    company = market.company
    assert sorted(found) == sorted(
        [
            (own, company.client.id, WHOLESALE, DEARER),
            (resold, company.reseller.id, WHOLESALE, DEARER),
            (resold, company.resold.id, RETAIL, DEARER_RESOLD),
        ]
    )
    assert report.top == Sums(WHOLESALE * 2, DEARER * 2)
    assert report.all.difference == DEARER * 2 + DEARER_RESOLD - WHOLESALE * 2 - RETAIL
    assert adjustments(market) == []


def test_a_client_whose_reseller_takes_no_margin_is_repriced_with_it(market, sessions, deck):
    market.do("UPDATE account SET margin = 0")
    resold, company = sell(market, "north-201"), market.company
    assert sorted(priced(sessions, by_deck(deck))[1]) == sorted(
        [
            (resold, company.reseller.id, WHOLESALE, DEARER),
            (resold, company.resold.id, WHOLESALE, DEARER),
        ]
    )


def test_adjusting_books_the_differences_once(market, sessions, deck):
    own, resold = sell(market), sell(market, "north-201")
    before = {one.id: market.money(one.id)[0] for one in (market.company.client, market.company.resold)}
    report, _ = priced(sessions, by_deck(deck, batch=1), actor(market))
    assert (report.entries, report.adjusted) == (3, -report.all.difference)
    company = market.company
    assert sorted(adjustments(market)) == sorted(
        [
            (company.client.id, f"adjust:{own}:1", WHOLESALE - DEARER, "Ada"),
            (company.reseller.id, f"adjust:{resold}:1", WHOLESALE - DEARER, "Ada"),
            (company.resold.id, f"adjust:{resold}:1", RETAIL - DEARER_RESOLD, "Ada"),
        ]
    )
    assert market.money(company.client.id)[0] == before[company.client.id] + WHOLESALE - DEARER
    assert market.money(company.resold.id)[0] == before[company.resold.id] + RETAIL - DEARER_RESOLD
    assert drifts(market) == []
    assert sorted(market.rows("SELECT account_id, amount FROM spending")) == sorted(
        [(company.client.id, DEARER), (company.reseller.id, DEARER), (company.resold.id, DEARER_RESOLD)]
    )
    again, found = priced(sessions, by_deck(deck), actor(market))
    assert (again.entries, again.differing, found, len(adjustments(market))) == (0, 0, [], 3)


def test_each_batch_is_audited_with_its_money(market, sessions, deck):
    calls = [sell(market) for _ in range(2)]
    priced(sessions, by_deck(deck, batch=1), actor(market))
    rows = market.rows(
        "SELECT actor, object_name, changes FROM audit_entry WHERE action = 'rerate' ORDER BY id"
    )
    told = {
        "from": ALWAYS.since.isoformat(),
        "until": ALWAYS.until.isoformat(),
        "by": "by the deck corrected",
        "amount": f"{WHOLESALE - DEARER:f}",
    }
    assert rows == [
        ("Ada", "1 call", {**told, "first": one, "last": one}) for one in sorted_by_time(market, calls)
    ]


def sorted_by_time(shop, calls):
    return [
        one for (one,) in shop.rows("SELECT call_id FROM cdr ORDER BY started_at, call_id") if one in calls
    ]


def test_going_back_to_the_prices_of_then_undoes_a_correction(market, sessions, deck):
    sell(market, "north-201")
    priced(sessions, by_deck(deck), actor(market))
    report, _ = priced(sessions, Order(ALWAYS), actor(market))
    assert report.all == Sums(DEARER + DEARER_RESOLD, WHOLESALE + RETAIL)
    assert sum(amount for _, _, amount, _ in adjustments(market)) == 0
    assert drifts(market) == []


def test_many_runs_at_once_book_each_difference_once(market, sessions, deck):
    calls = [sell(market, "north-201") for _ in range(20)]
    at_once(lambda _: priced(sessions, by_deck(deck, batch=7), actor(market)), 5, 5)
    assert len(adjustments(market)) == len(calls) * 2
    assert drifts(market) == []


def test_an_offer_and_a_custom_rate_stay_as_they_were(market, sessions, deck):
    company = market.company
    market.do(
        "INSERT INTO custom_rate (tenant_id, account_id, prefix, destination, rate) "
        "VALUES (:tenant, :account, '9', 'All', 0.01)",
        tenant=company.tenant.id,
        account=company.client.id,
    )
    sell(market)
    report, found = priced(sessions, by_deck(deck), actor(market))
    assert (report.kept, report.differing, found) == (1, 0, [])


def test_a_client_with_a_custom_rate_keeps_it_while_its_reseller_is_repriced(market, sessions, deck):
    company = market.company
    market.do(
        "INSERT INTO custom_rate (tenant_id, account_id, prefix, destination, rate) "
        "VALUES (:tenant, :account, '9', 'All', 0.01)",
        tenant=company.tenant.id,
        account=company.resold.id,
    )
    call_id = sell(market, "north-201")
    assert priced(sessions, by_deck(deck))[1] == [(call_id, company.reseller.id, WHOLESALE, DEARER)]


def test_a_number_that_the_deck_does_not_know_stays_as_it_was(market, sessions, deck):
    market.do("UPDATE rate SET prefix = '44' WHERE deck_id = :deck", deck=deck)
    sell(market)
    report, found = priced(sessions, by_deck(deck))
    assert (report.unpriced, report.differing, found) == (3, 0, [])


def test_a_window_of_the_deck_is_judged_at_the_moment_of_the_call(market, sessions, deck):
    market.do("UPDATE rate SET effective_from = now() + interval '1 day' WHERE deck_id = :deck", deck=deck)
    sell(market)
    assert priced(sessions, by_deck(deck))[1] == []


def test_a_purse_that_two_payers_share_is_priced_and_adjusted_as_one(market, sessions, deck):
    company = market.company
    market.do(
        "WITH made AS (INSERT INTO account_group (tenant_id, name, kind, purse_id) "
        "VALUES (:tenant, 'together', 'balance', :purse) RETURNING id) "
        "UPDATE account SET group_id = made.id FROM made WHERE account.id = ANY(:members)",
        tenant=company.tenant.id,
        purse=company.client.id,
        members=[company.reseller.id, company.resold.id],
    )
    call_id = sell(market, "north-201")
    assert priced(sessions, Order(ALWAYS))[1] == []
    old, new = WHOLESALE + RETAIL, DEARER + DEARER_RESOLD
    assert priced(sessions, by_deck(deck), actor(market))[1] == [(call_id, company.client.id, old, new)]
    assert adjustments(market) == [(company.client.id, f"adjust:{call_id}:1", old - new, "Ada")]
    assert drifts(market) == []


def test_only_the_calls_of_the_account_and_those_below_it_are_priced(market, sessions, deck):
    sell(market)
    resold = sell(market, "north-201")
    of_reseller = Range(ALWAYS.since, ALWAYS.until, market.company.reseller.id)
    report, found = priced(sessions, by_deck(deck, of_reseller))
    assert {call for call, *_ in found} == {resold}
    assert report.calls == 2  # the factory's own resold call is one of them


def test_nothing_is_adjusted_where_a_call_is_on_an_invoice(market, sessions, deck):
    invoiced, free = sell(market), sell(market)
    market.do("UPDATE cdr SET invoice_id = 7 WHERE call_id = :id", id=invoiced)
    with pytest.raises(Invoiced) as refused:
        priced(sessions, by_deck(deck), actor(market))
    assert refused.value.call_ids == [invoiced]
    assert adjustments(market) == []
    assert {call for call, *_ in priced(sessions, by_deck(deck))[1]} == {invoiced, free}


def test_a_correction_is_never_booked_beyond_what_can_be_told(market):
    call_id, client = sell(market), market.company.client.id
    for cost in range(1, 23):
        adjust(market.books, [Due(call_id, client, Decimal(cost))], note="", actor="test")
    assert len(adjustments(market)) == 20
    assert drifts(market) == []


def test_a_free_call_can_be_charged_and_a_charged_one_freed(market):
    call_id, client = sell(market, seconds="0"), market.company.client.id
    charged = adjust(market.books, [Due(call_id, client, Decimal(1))], note="", actor="test")
    freed = adjust(market.books, [Due(call_id, client, ZERO)], note="", actor="test")
    assert [one.amount for one in (*charged, *freed)] == [Decimal(-1), Decimal(1)]
