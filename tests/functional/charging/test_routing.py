"""Which trunks the check chooses, and what their caps let through."""

from __future__ import annotations

from cellhub.charging.verdicts import Granted, Refused
from cellhub.domain.admission import Verdict
from tests.factories.routes import open_group, open_trunk
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
