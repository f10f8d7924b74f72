"""Calls are priced again: by their prices of then as a check of the books, by a deck as a correction."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from cellhub.accounts.audit import Actor
from cellhub.charging.adjusting import Due, Range, adjust
from cellhub.charging.late import give_back
from cellhub.charging.settling import settle_call
from cellhub.cli import rerate as command
from cellhub.db.scope import Scope, enter_scope
from cellhub.domain.money import ZERO
from cellhub.domain.rerating import Sums
from cellhub.domain.settlement import BOUND
from cellhub.local.problem import Problem
from cellhub.money.proof import INVARIANTS
from cellhub.money.rerating import Invoiced, Order, rerate, whole_days
from tests.fixtures.shop import at_once, talked

RICH = "10000"
TALKED = "61.400"
# 905 at 0.048 a minute, 60/60, no connect charge: 61.4 s are 120 s.
DEARER, DEARER_RESOLD = Decimal("0.096000"), Decimal("0.120000")
WHOLESALE, RETAIL = Decimal("0.028400"), Decimal("0.035500")
ALWAYS = Range(dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC))


@pytest.fixture
def market(shop):
    """The shop with money for all, and nothing recorded yet but what a test does."""
    for account in (shop.company.client, shop.company.reseller, shop.company.resold):
        shop.give(account.id, RICH)
    return shop


@pytest.fixture
def sessions(market):
    """Transactions in the scope of the market's tenant."""

    @contextmanager
    def begin():
        with market.factory.begin() as session:
            enter_scope(session, Scope.of_tenant(market.company.tenant.id))
            yield session

    return begin


@pytest.fixture
def deck(market):
    """A second deck, in which the calls of the tests cost more; its id."""
    tenant = market.company.tenant.id
    market.do(
        "INSERT INTO rate_deck (tenant_id, name, block_rule, rounding) "
        "VALUES (:tenant, 'corrected', 'after_initial', 'half_up')",
        tenant=tenant,
    )
    deck_id = market.one("SELECT id FROM rate_deck WHERE name = 'corrected'")
    market.do(
        "INSERT INTO rate (tenant_id, deck_id, prefix, destination, rate, initial_block, billing_block) "
        "VALUES (:tenant, :deck, '905', 'Mobile', 0.048, 60, 60)",
        tenant=tenant,
        deck=deck_id,
    )
    return deck_id


def sell(shop, endpoint="", seconds=TALKED):
    """A call from its check to its settlement; its id."""
    granted = shop.call(endpoint)
    assert settle_call(shop.books, granted.payers, talked(granted, seconds))
    return granted.request.call_id


def actor(shop):
    return Actor(shop.company.tenant.id, "Ada")


def priced(sessions, order, adjuster=None):
    """The report, and each difference as call, account, old, new."""
    found = []
    report = rerate(sessions, order, found=found.append, adjuster=adjuster)
    return report, [(one.call.call_id, one.payer.account_id, one.payer.old, one.payer.new) for one in found]


def by_deck(deck, calls=ALWAYS, **given):
    return Order(calls, deck, "corrected", **given)


def adjustments(shop):
    return shop.rows(
        "SELECT account_id, reason, amount, actor FROM ledger_entry WHERE kind = 'adjustment' "
        "AND reason LIKE 'adjust:%' ORDER BY id"
    )


def drifts(shop):
    with shop.factory.begin() as session:
        enter_scope(session, Scope.platform())
        # The factory's own records were never booked, so the sums of days are no proof here.
        return [drift for one in INVARIANTS if one.number != 6 for drift in one.drifts(session)]


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


def asked(**given):
    today = dt.datetime.now(dt.UTC).date()
    day = dt.timedelta(days=1)
    plain = {"first": today - day, "last": today + day, "account": None, "deck": None, "adjust": False}
    return argparse.Namespace(**plain | given)


def told(sessions, arguments, path=None):
    with command._written(path, sessions) as found:
        order, report = command.rerated(sessions, arguments, found)
    return list(command.lines(order, report, arguments))


def test_the_command_prints_the_sums_and_writes_what_differs(market, sessions, deck, tmp_path):
    call_id = sell(market)
    arguments = asked(deck="corrected", account=market.company.client.name, adjust=True)
    path = tmp_path / "differences.csv"
    assert told(sessions, arguments, path) == [
        f"2 calls from {arguments.first} to {arguments.last}, priced again by the deck corrected.",
        "                              old                new         difference",
        "  we are paid            0.028400           0.096000          +0.067600",
        "  all payers             0.028400           0.096000          +0.067600",
        "  1 call differs.",
        "  1 call without such a price: stays as it is.",
        "  1 adjusting entry booked, -0.067600 in all.",
    ]
    with path.open(newline="") as file:
        (row,) = csv.DictReader(file)
    del row["started_at"]
    assert row == {
        "call_id": call_id,
        "sip_user": "north-101",
        "number": "905551234567",
        "seconds": "61.400",
        "account": market.company.client.name,
        "old": "0.028400",
        "new": "0.096000",
        "difference": "0.067600",
    }


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"deck": "none"}, "There are no rate decks named 'none'; one was expected."),
        ({"account": "none"}, "There are no accounts named 'none'; one was expected."),
    ],
)
def test_an_unknown_name_is_a_sentence(sessions, given, sentence):
    with pytest.raises(Problem) as refused:
        told(sessions, asked(**given))
    assert str(refused.value) == sentence


def test_the_command_names_the_calls_that_are_on_an_invoice(market, sessions, deck):
    call_id = sell(market)
    market.do("UPDATE cdr SET invoice_id = 7 WHERE call_id = :id", id=call_id)
    with pytest.raises(Problem) as refused:
        told(sessions, asked(deck="corrected", adjust=True))
    assert str(refused.value) == (
        f"Nothing is adjusted where calls are on an invoice already: {call_id}. Choose other days."
    )


def test_a_file_that_is_there_is_not_written_over(sessions, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("mine")
    with pytest.raises(Problem):
        told(sessions, asked(), path)
    assert path.read_text() == "mine"


def test_days_are_those_of_the_tenants_clock():
    day = dt.date(2026, 3, 1)
    since, until = whole_days(day, day, ZoneInfo("Europe/Istanbul"))
    assert (since.isoformat(), until.isoformat()) == (
        "2026-03-01T00:00:00+03:00",
        "2026-03-02T00:00:00+03:00",
    )
