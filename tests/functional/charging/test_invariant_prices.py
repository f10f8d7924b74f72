"""The invariants of charging about prices, each by its number: what is charged, and what offers free."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from cellhub.charging.settling import settle_call
from cellhub.charging.verdicts import Granted
from tests.fixtures.oracle import BLOCK_RULES, ROUNDINGS, Tariff
from tests.fixtures.shop import talked

# Three decimals are few enough that each of the roundings gives another amount.
TARIFF = Tariff(Decimal("0.333337"), Decimal("0.004500"), 30, 6, minimum=3, decimals=3)
MARGIN = Decimal("0.333333")
SECONDS = ("0.001", "2.999", "3", "29.999", "30", "30.001", "31", "36", "36.001", "59.999", "60", "61.4")

OFFER = """
INSERT INTO offer (tenant_id, account_id, prefix, destination, days, starts_at, expires_at)
SELECT tenant_id, id, '90', 'Turkey free', 1, :starts, :expires FROM account WHERE id = :account
"""
BEGINS = dt.datetime(2026, 7, 16, 12, 0, tzinfo=dt.UTC)
ENDS = BEGINS + dt.timedelta(days=1)
TICK = dt.timedelta(microseconds=1)


def sell_by(shop, tariff):
    """Let the deck of the world sell mobile calls by a tariff, and its reseller by an odd margin."""
    shop.do(
        "UPDATE rate_deck SET block_rule = :block_rule, decimals = :decimals, rounding = :rounding",
        block_rule=tariff.block_rule,
        decimals=tariff.decimals,
        rounding=tariff.rounding,
    )
    shop.do(
        "UPDATE rate SET rate = :rate, connect_charge = :connect, initial_block = :initial, "
        "billing_block = :block, minimum_seconds = :minimum WHERE prefix = '905'",
        rate=tariff.rate,
        connect=tariff.connect,
        initial=tariff.initial,
        block=tariff.block,
        minimum=tariff.minimum,
    )
    shop.do("UPDATE account SET margin = :margin WHERE kind = 'reseller'", margin=MARGIN)


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("block_rule", BLOCK_RULES)
def test_invariant_7_what_each_payer_is_charged_equals_exact_fractions(shop, block_rule, rounding):
    tariff = replace(TARIFF, block_rule=block_rule, rounding=rounding)
    sell_by(shop, tariff)
    charged, expected = [], []
    for seconds in SECONDS:
        granted = shop.answered("north-201")
        assert settle_call(shop.books, granted.payers, talked(granted, seconds))
        wholesale, retail = shop.one("SELECT costs FROM cdr WHERE call_id = :id", id=granted.request.call_id)
        charged.append((Fraction(wholesale), Fraction(retail)))
        expected.append((tariff.cost(Decimal(seconds)), tariff.cost(Decimal(seconds), MARGIN)))
    assert charged == expected
    booked = -shop.one("SELECT sum(amount) FROM ledger_entry WHERE kind = 'call'")
    assert Fraction(booked) == sum(wholesale + retail for wholesale, retail in expected)


@pytest.fixture
def client(shop):
    """A client whose calls to Turkey are free within one window."""
    shop.do(OFFER, account=shop.company.client.id, starts=BEGINS, expires=ENDS)
    return shop.company.client.id


def checked_at(shop, moment):
    """Check a call at a moment: what each payer pays a minute, and whose offer is on the record."""
    answer = shop.checker.check(replace(shop.request(), at=moment))
    assert isinstance(answer, Granted)
    kept = shop.one("SELECT offer_id FROM call WHERE call_id = :id", id=answer.request.call_id)
    return answer.payers[-1].price.rate, kept is not None


@pytest.mark.parametrize(
    ("moment", "counts"),
    [(BEGINS - TICK, False), (BEGINS, True), (ENDS - TICK, True), (ENDS, False)],
    ids=["before it begins", "as it begins", "before it ends", "as it ends"],
)
def test_invariant_13_an_offer_counts_inside_its_window_only(shop, client, moment, counts):
    assert checked_at(shop, moment) == ((Decimal(0), True) if counts else (Decimal("0.024"), False))


def test_invariant_13_what_counts_is_the_moment_of_the_check(shop, client):
    shop.do("UPDATE offer SET starts_at = now() - interval '1 hour', expires_at = now() + interval '1 hour'")
    free = shop.answered()
    shop.do("UPDATE offer SET expires_at = now()")
    dear = shop.answered()
    for granted in (free, dear):
        settle_call(shop.books, granted.payers, talked(granted, "61.400"))
    costs = [
        shop.one("SELECT costs FROM cdr WHERE call_id = :id", id=granted.request.call_id)
        for granted in (free, dear)
    ]
    assert costs == [[Decimal(0)], [Decimal("0.028400")]]


def test_invariant_13_an_offer_frees_neither_another_prefix_nor_another_account(shop, client):
    shop.do("UPDATE offer SET starts_at = now() - interval '1 hour', expires_at = now() + interval '1 hour'")
    assert [payer.price.rate for payer in shop.call("north-201").payers] == [
        Decimal("0.024"),
        Decimal("0.030"),
    ]
    shop.do("UPDATE rate SET prefix = '44' WHERE prefix = '9'")
    assert [payer.price.rate for payer in shop.call(dialled="442071234567").payers] == [Decimal("0.12")]
