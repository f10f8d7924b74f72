"""How many calls at once and a second, and how much money a day or a month: exact under parallel checks."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from cellhub.charging.records import find_call
from cellhub.charging.running import extend_call
from cellhub.charging.settling import settle_call
from cellhub.charging.verdicts import Granted, Refused
from cellhub.db.scope import Scope, enter_scope
from cellhub.domain.admission import Verdict
from cellhub.money.proof import INVARIANTS
from tests.fixtures.shop import at_once, talked, untalked

FIRST_HOLD = Decimal("0.026000")
OPENING = Decimal("50.000000")
ENDPOINTS = ("north-101", "north-201")
CAP = "UPDATE account SET spend_cap = :cap WHERE id = :id"
# Chatham Islands: 12:45 ahead of Greenwich in winter, so that its days begin at a quarter of an hour.
ZONE = "Pacific/Chatham"


def many(shop, times=40):
    """Check so many calls of two customers at once; what each heard."""
    checker = shop.checker
    return at_once(lambda place: checker.check(shop.request(ENDPOINTS[place % 2])), times=times, threads=8)


def count(answers):
    return sum(isinstance(answer, Granted) for answer in answers)


def verdicts(answers):
    return {answer.verdict for answer in answers if isinstance(answer, Refused)}


def extend(shop, granted, wanted=120):
    call = (shop.books, granted.request.call_id, granted.payers)
    return extend_call(*call, step=1, paid_seconds=60, wanted=wanted)


def group(shop, kind, *members, purse="NULL", quota="0"):
    """Put accounts into a new group."""
    shop.do(
        f"WITH made AS (INSERT INTO account_group (tenant_id, name, kind, purse_id, quota) "
        f"VALUES ({shop.company.tenant.id}, 'together', '{kind}', {purse}, {quota}) RETURNING id) "
        "UPDATE account SET group_id = made.id FROM made WHERE account.id = ANY(:members)",
        members=[member.id for member in members],
    )


def drifts(shop):
    """The rules of the books that are broken."""
    with shop.factory.begin() as session:
        enter_scope(session, Scope.of_tenant(shop.company.tenant.id))
        return [rule.number for rule in INVARIANTS if list(rule.drifts(session))]


def test_of_parallel_checks_a_tenant_takes_as_many_as_it_may_carry(shop):
    shop.do("UPDATE tenant SET max_calls = 3")
    answers = many(shop)
    assert (count(answers), verdicts(answers)) == (3, {Verdict.MAX_CALLS})
    answer = shop.checker.check(shop.request())
    assert answer.reason == "All customers: 3 of 3 calls are running."


@pytest.mark.parametrize("change", ["UPDATE tenant SET calls_per_second = 4", None])
def test_of_parallel_checks_no_second_sees_more_calls_begin_than_are_allowed(shop, change):
    reseller = f"UPDATE account SET calls_per_second = 4 WHERE id = {shop.company.reseller.id}"
    shop.do(change or reseller)
    checker = shop.checker
    at_once(lambda _: checker.check(shop.request("north-201")), times=80, threads=8)
    most = shop.one(
        "SELECT max((SELECT count(*) FROM call b WHERE b.authorised_at <= a.authorised_at "
        "AND b.authorised_at > a.authorised_at - interval '1 second')) FROM call a"
    )
    assert most <= 4


def test_the_pace_of_one_account_is_no_matter_of_another(shop):
    shop.do("UPDATE account SET calls_per_second = 1 WHERE id = :id", id=shop.company.resold.id)
    shop.call("north-201")
    refused = shop.checker.check(shop.request("north-201"))
    assert refused.verdict is Verdict.MAX_CALLS
    assert refused.reason == f"{shop.company.resold.name}: 1 of 1 calls a second began."
    shop.do("UPDATE call SET authorised_at = authorised_at - interval '1 second'")
    assert isinstance(shop.checker.check(shop.request("north-201")), Granted)
    shop.call()


def test_of_parallel_checks_on_a_days_cap_for_five_calls_five_pass(shop):
    shop.do("UPDATE rate SET initial_block = 60 WHERE prefix = '905'")
    shop.do(CAP, cap=5 * FIRST_HOLD, id=shop.company.client.id)
    checker = shop.checker
    answers = at_once(lambda _: checker.check(shop.request()), times=60, threads=8)
    assert (count(answers), verdicts(answers)) == (5, {Verdict.SPEND_CAP})
    refused = shop.checker.check(shop.request())
    assert refused.sip_code == 480
    assert refused.reason == (
        f"{shop.company.client.name} may spend 0.130000 a day and has 0.000000 left; "
        "the first 60 s cost 0.026000."
    )


def test_what_calls_have_cost_today_counts_against_the_cap_and_what_they_held_no_more(shop):
    shop.do(CAP, cap=Decimal("0.1"), id=shop.company.client.id)
    granted = shop.answered()
    settle_call(shop.books, granted.payers, talked(granted, "180.000"))
    assert shop.rows("SELECT account_id, amount FROM spending") == [
        (shop.company.client.id, Decimal("0.074000"))
    ]
    again = shop.call()  # 0.026 of the 0.1 are left
    settle_call(shop.books, again.payers, untalked(again))
    granted = shop.answered()
    settle_call(shop.books, granted.payers, talked(granted, "30.000"))
    assert shop.checker.check(shop.request()).verdict is Verdict.SPEND_CAP


def test_a_cap_gives_the_last_seconds_that_it_pays_for(shop):
    shop.do(CAP, cap=Decimal("0.016"), id=shop.company.client.id)
    granted = shop.call()
    assert (granted.slice_seconds, granted.last) == (30, True)


def test_a_resellers_cap_bounds_all_that_its_clients_cost_it(shop):
    shop.do(CAP, cap=FIRST_HOLD, id=shop.company.reseller.id)
    shop.call("north-201")
    assert shop.checker.check(shop.request("north-201")).verdict is Verdict.SPEND_CAP
    shop.call()


def test_a_call_that_reached_the_cap_gets_no_further_slice(shop):
    shop.do(CAP, cap=FIRST_HOLD, id=shop.company.client.id)
    granted = shop.answered()
    assert extend(shop, granted) is None
    shop.do(CAP, cap=Decimal("0.034"), id=shop.company.client.id)
    slice_ = extend(shop, granted)
    assert (slice_.slice_seconds, slice_.last) == (18, True)


def test_many_calls_that_extend_at_once_never_hold_more_than_the_cap(shop):
    calls = [shop.answered() for _ in range(16)]
    cap = 16 * FIRST_HOLD + 5 * Decimal("0.048")
    shop.do(CAP, cap=cap, id=shop.company.client.id)
    answers = at_once(lambda place: extend(shop, calls[place]), times=16, threads=8)
    held = shop.money(shop.company.client.id)[1]
    assert any(answers)
    assert 16 * FIRST_HOLD < held <= cap


def test_a_day_of_the_cap_begins_at_midnight_of_the_account(shop):
    shop.do(CAP, cap=FIRST_HOLD, id=shop.company.client.id)
    shop.do("UPDATE account SET time_zone = :zone", zone=ZONE)
    spend = (
        "INSERT INTO spending SELECT tenant_id, id, "
        "date_trunc('day', now(), time_zone) + :after, 1 FROM account WHERE id = :id"
    )
    shop.do(spend, after=dt.timedelta(minutes=-15), id=shop.company.client.id)
    settle_call(shop.books, (granted := shop.call()).payers, untalked(granted))
    shop.do(spend, after=dt.timedelta(0), id=shop.company.client.id)
    assert shop.checker.check(shop.request()).verdict is Verdict.SPEND_CAP


def test_accounts_that_share_a_balance_are_paid_for_by_the_purse(shop):
    client, resold = shop.company.client, shop.company.resold
    group(shop, "balance", resold, purse=client.id)
    granted = shop.answered("north-201")
    assert shop.money(client.id)[1] == Decimal("0.032500")
    assert shop.money(resold.id) == (OPENING, Decimal(0))
    assert find_call(shop.books, granted.request.call_id).payers == granted.payers
    slice_ = extend(shop, granted)
    assert shop.money(client.id)[1] == Decimal("0.092500")
    settle_call(shop.books, slice_.payers, talked(granted, "61.400"))
    assert shop.money(client.id) == (OPENING - Decimal("0.035500"), Decimal(0))
    assert shop.money(resold.id) == (OPENING, Decimal(0))
    call_id = granted.request.call_id
    charged = shop.rows(
        "SELECT account_id, amount FROM ledger_entry WHERE reason = :reason ORDER BY amount DESC",
        reason=f"call:{call_id}",
    )
    assert charged == [
        (shop.company.reseller.id, Decimal("-0.028400")),
        (client.id, Decimal("-0.035500")),
    ]
    recorded = shop.rows("SELECT account_id, lineage FROM cdr WHERE call_id = :id", id=call_id)
    assert recorded == [(resold.id, [shop.company.reseller.id, resold.id])]


def test_a_purse_that_two_payers_of_one_call_share_pays_for_both(shop):
    reseller, resold, client = shop.company.reseller, shop.company.resold, shop.company.client
    group(shop, "balance", reseller, resold, purse=client.id)
    granted = shop.answered("north-201")
    assert shop.money(client.id)[1] == Decimal("0.058500")
    slice_ = extend(shop, granted)
    settle_call(shop.books, slice_.payers, talked(granted, "61.400"))
    assert shop.money(client.id) == (OPENING - Decimal("0.063900"), Decimal(0))
    costs = shop.one("SELECT costs FROM cdr WHERE call_id = :id", id=granted.request.call_id)
    assert costs == [Decimal("0.028400"), Decimal("0.035500")]


def test_a_purse_that_two_payers_share_pays_for_a_shorter_slice_when_it_has_no_more(shop):
    reseller, resold, client = shop.company.reseller, shop.company.resold, shop.company.client
    group(shop, "balance", reseller, resold, purse=client.id)
    shop.give(client.id, "0.05")  # 30 s cost the two 0.0315, 60 s cost them 0.0585, each 6 s 0.0054
    granted = shop.answered("north-201")
    assert (granted.slice_seconds, granted.last) == (48, True)
    assert shop.money(client.id) == (Decimal("0.050000"), Decimal("0.047700"))
    shop.give(client.id, "0.07")
    call = (shop.books, granted.request.call_id, granted.payers)
    slice_ = extend_call(*call, step=1, paid_seconds=48, wanted=60)
    assert (slice_.slice_seconds, slice_.last) == (24, True)
    assert shop.money(client.id) == (Decimal("0.070000"), Decimal("0.069300"))


def test_a_purse_that_is_enough_for_each_payer_of_a_call_but_not_for_both_refuses_it(shop):
    reseller, resold, client = shop.company.reseller, shop.company.resold, shop.company.client
    group(shop, "balance", reseller, resold, purse=client.id)
    shop.give(client.id, "0.03")
    refused = shop.checker.check(shop.request("north-201"))
    assert (refused.verdict, refused.reason) == (
        Verdict.NO_CREDIT,
        f"The purse of {reseller.name} has 0.030000 available; its 2 payers need 0.031500.",
    )


def test_members_of_a_group_together_never_hold_more_than_the_purse_has(shop):
    client, resold = shop.company.client, shop.company.resold
    before = drifts(shop)  # the world has records that nobody paid for
    group(shop, "balance", client, resold, purse=client.id)
    shop.give(client.id, "0.3")
    answers = many(shop)
    assert verdicts(answers) == {Verdict.NO_CREDIT}
    balance, held = shop.money(client.id)
    assert 0 < held <= balance
    for granted in answers:
        if isinstance(granted, Granted):
            settle_call(shop.books, granted.payers, talked(granted, "30.000"))
    assert shop.money(client.id)[1] == 0
    assert drifts(shop) == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE account SET status = 'suspended' WHERE id = :id", "north client is suspended."),
        ("UPDATE account SET expires_at = '2026-01-01' WHERE id = :id", "north client expired on 2026-01-01"),
        (
            "INSERT INTO account_freeze (tenant_id, account_id, rule, reason) "
            "SELECT tenant_id, id, 'spend', 'Too much.' FROM account WHERE id = :id",
            "Too much.",
        ),
    ],
)
def test_the_purse_of_a_group_must_be_in_service(shop, change, told):
    group(shop, "balance", shop.company.resold, purse=shop.company.client.id)
    shop.do(change, id=shop.company.client.id)
    refused = shop.checker.check(shop.request("north-201"))
    assert refused.verdict is Verdict.SUSPENDED
    assert refused.reason.startswith(told)
    imagined = shop.checker.imagine(shop.request("north-201"))
    assert imagined.story["refusal"]["reason"] == refused.reason


def test_members_that_share_a_quota_together_never_spend_more_than_it_in_a_month(shop):
    client, resold = shop.company.client, shop.company.resold
    shop.do("UPDATE rate SET initial_block = 60 WHERE prefix = '905'")
    group(shop, "quota", client, resold, quota="0.2")
    answers = many(shop)
    held = shop.money(client.id)[1] + shop.money(resold.id)[1]
    assert verdicts(answers) == {Verdict.SPEND_CAP}
    assert Decimal("0.2") - Decimal("0.0325") < held <= Decimal("0.2")
    refused = shop.checker.check(shop.request())
    left = Decimal("0.2") - held
    assert refused.reason.startswith(f"The group of {client.name} has {left:f} left this month; ")


def test_a_quota_counts_what_its_members_have_spent_since_the_month_began(shop):
    client, resold = shop.company.client, shop.company.resold
    group(shop, "quota", client, resold, quota="0.030")
    spend = (
        "INSERT INTO spending SELECT tenant_id, id, date_trunc('month', now(), 'Europe/Istanbul') + :after, "
        "0.02 FROM account WHERE id = :id"
    )
    shop.do(spend, after=dt.timedelta(minutes=-15), id=resold.id)
    granted = shop.answered()
    shop.do(spend, after=dt.timedelta(0), id=resold.id)
    assert extend(shop, granted) is None
    assert shop.checker.check(shop.request()).verdict is Verdict.SPEND_CAP
