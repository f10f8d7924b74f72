"""What is held and charged by offers, custom rates, own decks, resellers' decks and windows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from cellhub.charging.settling import settle_call
from cellhub.charging.verdicts import Granted, Refused, Request
from cellhub.domain.admission import Verdict
from tests.fixtures.shop import NUMBER, talked

CUSTOM = """
INSERT INTO custom_rate (tenant_id, account_id, prefix, destination, rate)
SELECT tenant_id, id, :prefix, 'Agreed', :rate FROM account WHERE id = :account
"""
OFFER = """
INSERT INTO offer (tenant_id, account_id, prefix, destination, days, starts_at, expires_at)
SELECT tenant_id, id, '90', 'Turkey free', 30, now() + :starts, now() + :expires
FROM account WHERE id = :account
"""
DECK = """
WITH deck AS (
    INSERT INTO rate_deck (tenant_id, name, decimals, rounding, block_rule, is_default)
    SELECT d.tenant_id, 'Its own', d.decimals, d.rounding, d.block_rule, false
    FROM rate_deck d WHERE d.name = 'north A-Z'
    RETURNING *
), rated AS (
    INSERT INTO rate (tenant_id, deck_id, prefix, destination, rate)
    SELECT tenant_id, id, :prefix, 'By its own deck', :rate FROM deck
)
SELECT 1
"""
DAY = dt.timedelta(days=1)


@pytest.fixture
def client(shop):
    return shop.company.client.id


def rates_of(granted):
    return [payer.price.rate for payer in granted.payers]


def own_deck(shop, prefix, rate):
    shop.do(DECK, prefix=prefix, rate=rate)
    return shop.one("SELECT id FROM rate_deck WHERE name = 'Its own'")


def test_a_custom_rate_loses_to_nothing_but_a_longer_custom_prefix(shop, client):
    shop.do(CUSTOM, account=client, prefix="9", rate="0.5")
    assert rates_of(shop.call()) == [Decimal("0.5")]
    shop.do(CUSTOM, account=client, prefix="90", rate="0.4")
    assert rates_of(shop.call()) == [Decimal("0.4")]


def test_a_custom_rate_of_another_account_is_nobodys(shop):
    shop.do(CUSTOM, account=shop.company.resold.id, prefix="905", rate="0.5")
    assert rates_of(shop.call()) == [Decimal("0.024")]
    assert rates_of(shop.call("north-201")) == [Decimal("0.024"), Decimal("0.5")]


def test_an_offer_is_free_and_stands_on_the_record(shop, client):
    shop.do(OFFER, account=client, starts=-DAY, expires=DAY)
    granted = shop.answered()
    assert shop.money(client) == (Decimal(50), Decimal(0))
    settle_call(shop.books, granted.payers, talked(granted, "75.000"))
    offer = shop.one("SELECT id FROM offer")
    assert shop.rows(
        "SELECT offer_id, costs, billsec FROM cdr WHERE call_id = :id", id=granted.request.call_id
    ) == [(offer, [Decimal(0)], Decimal(75))]
    assert shop.money(client) == (Decimal(50), Decimal(0))


@pytest.mark.parametrize(("starts", "expires"), [(-2 * DAY, -DAY), (DAY, 2 * DAY)])
def test_an_offer_that_is_over_or_yet_to_come_is_none(shop, client, starts, expires):
    shop.do(OFFER, account=client, starts=starts, expires=expires)
    assert rates_of(shop.call()) == [Decimal("0.024")]


def test_a_sip_users_own_deck_stands_in_for_the_plan_and_the_default_deck_behind_it(shop):
    deck = own_deck(shop, "44", "0.3")
    shop.do("UPDATE sip_user SET rate_deck_id = :deck WHERE username = 'north-101'", deck=deck)
    refused = shop.checker.check(shop.request())
    assert isinstance(refused, Refused)
    assert refused.verdict is Verdict.NO_RATE
    assert rates_of(shop.call(dialled="442071234567")) == [Decimal("0.3")]
    shop.do("UPDATE rate_deck SET is_default = true WHERE name = 'north A-Z'")
    assert rates_of(shop.call()) == [Decimal("0.024")]


def test_a_reseller_sells_by_its_own_deck_where_that_has_a_price_and_else_by_its_margin(shop):
    reseller = shop.company.reseller.id
    deck = own_deck(shop, "9", "0.2")
    shop.do("UPDATE account SET sell_deck_id = :deck WHERE id = :id", deck=deck, id=reseller)
    assert rates_of(shop.call("north-201")) == [Decimal("0.024"), Decimal("0.2")]
    shop.do("UPDATE rate SET prefix = '44' WHERE deck_id = :deck", deck=deck)
    granted = shop.call("north-201")
    assert rates_of(granted) == [Decimal("0.024"), Decimal("0.030")]
    told = shop.one("SELECT story FROM call WHERE call_id = :id", id=granted.request.call_id)["prices"]
    assert told == [{"account_id": shop.company.resold.id, "margin": "0.250000", "rates": []}]


def test_a_rate_holds_in_its_hours_and_the_narrower_one_wins(shop):
    moment = dt.datetime(2026, 7, 16, 9, 0, tzinfo=dt.UTC)  # a Thursday, noon in Istanbul
    shop.do(
        "INSERT INTO rate "
        "(tenant_id, deck_id, prefix, destination, rate, weekdays, from_minute, until_minute) "
        "SELECT tenant_id, deck_id, prefix, destination, 0.01, 31, 540, 1080 FROM rate WHERE prefix = '905' "
        "AND tenant_id = :tenant",
        tenant=shop.company.tenant.id,
    )

    def rate_at(at):
        request = shop.request()
        answer = shop.checker.check(Request(request.call_id, request.endpoint, NUMBER, at=at))
        assert isinstance(answer, Granted)
        return rates_of(answer)

    assert rate_at(moment) == [Decimal("0.01")]
    assert rate_at(moment.replace(hour=15)) == [Decimal("0.024")]  # 18:00 there, the hour is over
    assert rate_at(moment + 2 * DAY) == [Decimal("0.024")]  # a Saturday


def test_a_holiday_takes_its_own_rate(shop):
    tenant = shop.company.tenant.id
    shop.do(
        "INSERT INTO rate (tenant_id, deck_id, prefix, destination, rate, holidays) "
        "SELECT tenant_id, deck_id, prefix, destination, 0.02, 'only' FROM rate "
        "WHERE prefix = '905' AND tenant_id = :tenant",
        tenant=tenant,
    )
    assert rates_of(shop.call()) == [Decimal("0.024")]
    shop.do(
        "INSERT INTO holiday (tenant_id, day, name) "
        "VALUES (:tenant, (now() AT TIME ZONE 'Europe/Istanbul')::date, 'Today')",
        tenant=tenant,
    )
    assert rates_of(shop.call()) == [Decimal("0.02")]


def test_a_call_shorter_than_the_minimum_is_free(shop, client):
    shop.do("UPDATE rate SET minimum_seconds = 10 WHERE prefix = '905'")
    for seconds, cost in (("9.999", 0), ("10.000", Decimal("0.014"))):
        granted = shop.answered()
        settle_call(shop.books, granted.payers, talked(granted, seconds))
        assert shop.one("SELECT costs FROM cdr WHERE call_id = :id", id=granted.request.call_id) == [cost]
