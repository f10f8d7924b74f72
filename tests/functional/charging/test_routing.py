"""Which trunks the check chooses, and what their caps let through."""

from __future__ import annotations

from decimal import Decimal

from cellhub.charging.checking import record_refusal
from cellhub.charging.records import find_call
from cellhub.charging.verdicts import Granted, Refused
from cellhub.domain.admission import Verdict
from cellhub.domain.rating import Price
from tests.factories.routes import insert, open_group, open_provider, open_trunk
from tests.fixtures.shop import TRUNK, at_once


def test_a_sip_users_group_decides_and_its_codes_reach_the_verdict(shop):
    open_trunk(shop, "east")
    open_trunk(shop, "west")
    open_group(shop, "west", "east", codes="603,5..")
    granted = shop.call()
    assert [one.trunk for one in granted.attempts] == ["west", "east"]
    assert granted.failover_codes == "603,5.."
    [(trunk, story)] = shop.rows("SELECT trunk, story -> 'trunks' FROM call")
    assert trunk == "west"
    assert (story["source"], story["group"]) == (
        "group",
        {"name": "carriers", "strategy": "priority", "failover_codes": "100,603,5.."},
    )


def test_a_group_that_chooses_by_chance_spreads_the_calls(shop):
    names = [f"t{n}" for n in range(4)]
    for name in names:
        open_trunk(shop, name)
    open_group(shop, *names, strategy="random")
    firsts = {shop.call().attempts[0].trunk for _ in range(40)}
    assert firsts == set(names)


def test_calls_a_second_of_a_trunk_hold_over_all_pods_though_fifty_ask_at_once(shop):
    open_trunk(shop, "slow", calls_per_second=3)
    open_group(shop, "slow", TRUNK)
    shop.do("UPDATE trunk SET calls_per_second = 4 WHERE name = :name", name=TRUNK)
    answers = at_once(lambda _: shop.checker.check(shop.request()), 50, 8)
    busiest = shop.rows(
        "SELECT trunk, max((SELECT count(*) FROM call o WHERE o.trunk = c.trunk "
        "AND o.authorised_at BETWEEN c.authorised_at AND c.authorised_at + interval '999 ms')) "
        "FROM call c GROUP BY trunk ORDER BY trunk"
    )
    assert busiest == [(TRUNK, 4), ("slow", 3)]
    assert {type(one) for one in answers} == {Granted, Refused}
    refused = [one for one in answers if isinstance(one, Refused)]
    assert {one.verdict for one in refused} == {Verdict.NO_TRUNK}
    assert all("within a second" in one.reason or "this second" in one.reason for one in refused)


def test_the_last_channel_of_a_group_is_taken_once(shop):
    open_trunk(shop, "narrow", max_channels=1)
    open_group(shop, "narrow", TRUNK)
    at_once(lambda _: shop.checker.check(shop.request()), 20, 8)
    assert dict(shop.rows("SELECT trunk, count(*) FROM call GROUP BY trunk")) == {"narrow": 1, TRUNK: 19}


def test_the_cheapest_of_the_providers_goes_first_by_its_longest_prefix(shop):
    open_provider(shop, "acme", {"9": "0.001", "905": "0.009"})
    open_provider(shop, "bolt", {"90": "0.008", "9055": "0.007", "90552": "0.500"})
    open_group(shop, "acme", TRUNK, "bolt", strategy="cheapest")
    granted = shop.call()
    assert [(one.trunk, one.buy and one.buy.prefix) for one in granted.attempts] == [
        ("bolt", "9055"),
        ("acme", "905"),
        (TRUNK, None),
    ]
    kept = find_call(shop.books, granted.request.call_id).buys
    assert kept == {one.trunk: one.buy for one in granted.attempts if one.buy}
    assert kept["bolt"].price == Price(Decimal("0.007"))


def test_a_buy_price_outside_of_its_hours_does_not_count(shop):
    open_provider(shop, "acme", {"905": "0.009"})
    [(deck,)] = shop.rows("SELECT deck_id FROM provider")
    past = {"deck_id": deck, "prefix": "9055", "rate": "0.001", "effective_until": "2020-01-01"}
    insert(shop, "rate", {**past, "destination": "", "tenant_id": shop.company.tenant.id})
    open_group(shop, "acme")
    (attempt,) = shop.call().attempts
    assert attempt.buy.prefix == "905"


def test_a_trunk_that_costs_more_than_the_call_is_sold_for_is_skipped(shop):
    # The client pays 0.002 and 0.024 for the first minute.
    open_provider(shop, "dear", {"905": "0.026001"})
    open_provider(shop, "fair", {"905": "0.026"})
    open_group(shop, "dear", "fair")
    assert [one.trunk for one in shop.call().attempts] == ["fair"]
    assert shop.one("SELECT story -> 'trunks' -> 'skips' FROM call") == [
        {"trunk": "dear", "reason": "loss: 60 s cost 0.026001 and are sold for 0.026000"}
    ]


def test_when_every_trunk_would_lose_the_call_is_refused_for_loss_with_a_record(shop):
    open_provider(shop, "dear", {"905": "0.9"})
    open_group(shop, "dear")
    refused = shop.checker.check(shop.request())
    assert (refused.verdict, refused.sip_code) == (Verdict.LOSS, 488)
    record_refusal(shop.books, refused.record)
    [(verdict, story)] = shop.rows("SELECT verdict, story -> 'refusal' FROM cdr WHERE verdict <> 'ok'")
    assert (verdict, story["reason"]) == ("loss", "dear: loss: 60 s cost 0.900000 and are sold for 0.026000")
    assert shop.money(shop.company.client.id)[1] == 0


def test_what_the_tenant_is_paid_counts_and_not_what_the_reseller_earns(shop):
    # The client of the reseller pays 0.0325 for a minute, of which the tenant gets 0.026.
    open_provider(shop, "dear", {"905": "0.03"})
    open_group(shop, "dear")
    shop.do("UPDATE sip_user SET trunk_group_id = (SELECT id FROM trunk_group) WHERE username = 'north-201'")
    assert shop.checker.check(shop.request("north-201")).verdict is Verdict.LOSS


def test_a_plan_that_allows_loss_and_an_offer_are_carried_all_the_same(shop):
    open_provider(shop, "dear", {"905": "0.9"})
    open_group(shop, "dear")
    shop.do("UPDATE plan SET allow_loss = true")
    assert [one.trunk for one in shop.call().attempts] == ["dear"]
    shop.do("UPDATE plan SET allow_loss = false")
    offer = {"account_id": shop.company.client.id, "prefix": "905", "destination": "Gift", "days": 1}
    days = {"starts_at": "2026-01-01", "expires_at": "2100-01-01", "tenant_id": shop.company.tenant.id}
    insert(shop, "offer", offer | days)
    assert [one.trunk for one in shop.call().attempts] == ["dear"]
