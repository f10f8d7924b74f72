"""The check: what it answers, what it holds, and what it leaves in the books."""

from __future__ import annotations

from decimal import Decimal

from cellhub.charging.verdicts import Granted, Refused
from cellhub.domain.admission import Verdict
from tests.fixtures.shop import at_once

# 905: 30 s initial, 6 s blocks, 0.024 a minute, 0.002 a connection: a slice of 60 s.
FIRST_HOLD = Decimal("0.026000")


def test_a_call_is_priced_by_the_longest_prefix_and_its_first_slice_held(shop):
    granted = shop.checker.check(shop.request())
    assert isinstance(granted, Granted)
    assert (granted.slice_seconds, granted.last, granted.number) == (60, False, "905551234567")
    assert [(one.trunk, one.number) for one in granted.attempts] == [("north-carrier", "905551234567")]
    assert shop.money(shop.company.client.id) == (Decimal("50.000000"), FIRST_HOLD)
    [(state, prefix, story)] = shop.rows("SELECT state, prefix, story FROM call")
    assert (state, prefix) == ("AUTHORISED", "905")
    assert [(rate["prefix"], rate["chosen"], rate["reason"]) for rate in story["rates"]] == [
        ("905", True, ""),
        ("90", False, "shorter than 905"),
        ("9", False, "shorter than 905"),
    ]


def test_reseller_and_client_both_hold_and_the_client_pays_the_margin(shop):
    granted = shop.checker.check(shop.request("north-201"))
    assert [payer.hold for payer in granted.payers] == [FIRST_HOLD, Decimal("0.032500")]
    assert shop.money(shop.company.reseller.id)[1] == FIRST_HOLD
    assert shop.money(shop.company.resold.id)[1] == Decimal("0.032500")


def test_when_the_reseller_lacks_money_nobody_holds(shop):
    shop.give(shop.company.reseller.id, "0.001")
    refused = shop.checker.check(shop.request("north-201"))
    assert isinstance(refused, Refused)
    assert refused.verdict is Verdict.NO_CREDIT
    assert shop.money(shop.company.resold.id)[1] == 0
    assert shop.rows("SELECT 1 FROM call") == []


def test_an_endpoint_of_another_tenant_is_nobody(shop):
    refused = shop.checker.check(shop.request("south-101"))
    assert (refused.verdict, refused.record) == (Verdict.ERROR, None)


def test_a_call_id_is_admitted_once(shop):
    request = shop.request()
    assert isinstance(shop.checker.check(request), Granted)
    assert shop.checker.check(request).verdict is Verdict.ERROR
    assert shop.money(shop.company.client.id)[1] == FIRST_HOLD


def test_the_rule_of_the_sip_user_is_applied_before_the_rate_is_sought(shop):
    shop.do("UPDATE sip_user SET strip_prefix = '00', add_prefix = ''")
    granted = shop.checker.check(shop.request(dialled="00905551234567"))
    assert granted.number == "905551234567"


def test_when_the_money_ends_a_shorter_slice_is_held_and_marked_last(shop):
    shop.give(shop.company.client.id, "0.016")  # 0.002 + 35 s at 0.024: paid in blocks, 30 s
    granted = shop.checker.check(shop.request())
    assert (granted.slice_seconds, granted.last) == (30, True)


def test_of_parallel_checks_only_as_many_pass_as_calls_are_allowed(shop):
    shop.do("UPDATE account SET max_calls = 3")
    checker = shop.checker
    answers = at_once(lambda _: checker.check(shop.request()), times=60, threads=8)
    assert sum(isinstance(answer, Granted) for answer in answers) == 3
    assert {answer.verdict for answer in answers if isinstance(answer, Refused)} == {Verdict.MAX_CALLS}


def test_of_parallel_checks_of_two_customers_a_trunk_takes_as_many_as_it_has_channels(shop):
    shop.do("UPDATE trunk SET max_channels = 3")
    checker, endpoints = shop.checker, ("north-101", "north-201")
    answers = at_once(lambda place: checker.check(shop.request(endpoints[place % 2])), times=40, threads=8)
    assert sum(isinstance(answer, Granted) for answer in answers) == 3
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert {answer.verdict for answer in refused} == {Verdict.NO_TRUNK}
    assert all(answer.reason.startswith("north-carrier: full: ") for answer in refused)
