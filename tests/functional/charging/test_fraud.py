"""The brake on fraud: when it pulls, what it does, and how an account is let call again."""

from __future__ import annotations

import datetime as dt
import json
import select
from contextlib import closing, contextmanager
from decimal import Decimal

import pytest

from cellhub.accounts.brake import thaw
from cellhub.calls.telling import tell
from cellhub.charging.checking import record_refusal
from cellhub.charging.running import extend_call
from cellhub.charging.settling import settle_call
from cellhub.charging.verdicts import Granted, Refused
from cellhub.cli.thaw import thawed
from cellhub.db.notify import CHANNEL, SWITCH_CHANNEL
from cellhub.db.tenancy import Account
from cellhub.domain.admission import Verdict
from cellhub.local.explaintext import text as explained
from cellhub.local.problem import Problem
from tests.fixtures.shop import at_once, talked, untalked

OTHER = "905559876543"
BRITISH = "441234567890"
HISTORY = "SELECT action, actor, changes FROM audit_entry ORDER BY id"


def profile(shop, account="NULL", **limits):
    """Set the profile of one account, or of all."""
    names, values = ", ".join(limits), ", ".join(f":{name}" for name in limits)
    shop.do(
        f"INSERT INTO fraud_profile (tenant_id, account_id, {names}) "
        f"VALUES ({shop.company.tenant.id}, {account}, {values})",
        **limits,
    )


def refused(shop, reason, endpoint="", dialled=""):
    request = shop.request(endpoint, dialled) if dialled else shop.request(endpoint)
    answer = shop.checker.check(request)
    assert (answer.verdict, answer.reason) == (Verdict.SUSPENDED, reason)


def let_call(shop, account):
    with shop.session() as session:
        return thaw(
            session,
            shop.actor,
            session.get(Account, (account.tenant_id, account.id)),
        )


@contextmanager
def ears(shop, channel):
    """Listen; what is said is read by :func:`heard`."""
    with closing(shop.books.connections.open()) as connection:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {channel}")
        yield connection


def heard(connection, count):
    """What was said, when so much of it has come, or nothing more comes."""
    while len(connection.notifies) < count and select.select([connection], [], [], 2)[0]:
        connection.poll()
    return [json.loads(one.payload) for one in connection.notifies]


@pytest.mark.parametrize(
    ("action", "done"),
    [
        ("notify", "it was told, and the call went on"),
        ("block", "the account was frozen"),
        ("hang_up", "the account was frozen and its running calls were ended"),
    ],
)
def test_an_explanation_tells_what_the_brake_saw_and_did(shop, action, done):
    profile(shop, premium_prefixes="{9055}", action=action)
    answer = shop.checker.check(shop.request())
    if isinstance(answer, Refused):
        record_refusal(shop.books, answer.record)
    with shop.session() as session:
        told = explained(tell(session, answer.request.call_id)).splitlines()
    place = next(n for n, line in enumerate(told) if "Brake" in line)
    assert told[place].startswith("  Brake      the brake's rule premium prefix: ")
    assert told[place + 1].strip() == done


def test_calls_within_a_minute_freeze_the_account_with_a_sentence(shop):
    profile(shop, calls_per_minute=2)
    shop.call()
    shop.call()
    reason = "2 calls within a minute, 2 are allowed."
    refused(shop, reason)
    assert shop.rows("SELECT account_id, rule, reason, thawed_at FROM account_freeze") == [
        (shop.company.client.id, "calls_per_minute", reason, None)
    ]
    told = {"rule": [None, "calls_per_minute"], "reason": [None, reason]}
    assert shop.rows(HISTORY) == [("freeze", "fraud brake", told)]
    refused(shop, reason)
    assert len(shop.rows(HISTORY)) == 1
    shop.call("north-201")


def test_calls_that_ended_count_and_those_that_were_refused_do_not(shop):
    profile(shop, calls_per_minute=2)
    granted = shop.answered()
    settle_call(shop.books, granted.payers, talked(granted, "1.000"))
    shop.checker.check(shop.request(dialled="33123456789"))
    shop.call()
    refused(shop, "2 calls within a minute, 2 are allowed.")


def test_calls_of_more_than_a_minute_ago_count_no_more(shop):
    profile(shop, calls_per_minute=1)
    shop.call()
    shop.do("UPDATE call SET authorised_at = authorised_at - interval '1 minute'")
    shop.call()


def test_a_further_number_within_the_hour_is_one_too_many_and_a_known_one_is_not(shop):
    profile(shop, hourly_destinations=1)
    shop.call()
    shop.call()
    refused(shop, "1 different numbers within an hour, 1 are allowed.", dialled=OTHER)


def test_what_calls_cost_and_hold_within_the_hour_is_what_was_spent(shop):
    profile(shop, hourly_spend=Decimal("0.05"))
    granted = shop.answered()
    settle_call(shop.books, granted.payers, talked(granted, "60.000"))
    shop.call()
    refused(shop, "0.052000 spent within an hour, 0.050000 is allowed.")


def test_at_night_on_the_clock_of_the_account_less_may_be_spent(shop):
    night = shop.one("SELECT extract(hour FROM now() AT TIME ZONE 'Asia/Kathmandu') * 60")
    shop.do("UPDATE account SET time_zone = 'Asia/Kathmandu'")
    around = {"night_from": int(night - 60) % 1440, "night_until": int(night + 120) % 1440}
    profile(shop, hourly_spend=Decimal(9), night_spend=Decimal("0.02"), **around)
    shop.call()
    refused(shop, "0.026000 spent at night, 0.020000 is allowed.")


def test_a_premium_prefix_is_stopped_at_once(shop):
    profile(shop, premium_prefixes=["9055"])
    refused(shop, "905551234567 begins with the premium prefix 9055.")


def test_a_country_is_new_until_a_call_to_it_was_answered(shop):
    granted = shop.call()
    settle_call(shop.books, granted.payers, untalked(granted))
    assert shop.rows("SELECT code FROM known_country") == []
    for _ in range(2):
        granted = shop.answered()
        settle_call(shop.books, granted.payers, talked(granted, "1.000"))
    assert shop.rows("SELECT account_id, code FROM known_country") == [(shop.company.client.id, "90")]
    profile(shop, new_country=True)
    shop.call()
    refused(shop, f"{BRITISH} is in a country that the account never called before.", dialled=BRITISH)


def test_who_thaws_an_account_has_allowed_the_country_that_it_was_stopped_for(shop):
    profile(shop, new_country=True)
    refused(shop, "905551234567 is in a country that the account never called before.")
    let_call(shop, shop.company.client)
    shop.call()


def test_the_profile_of_an_account_goes_before_that_of_the_tenant(shop):
    profile(shop, premium_prefixes=["90"])
    profile(shop, shop.company.client.id, calls_per_minute=9)
    shop.call()
    refused(shop, "905551234567 begins with the premium prefix 90.", "north-201")


def test_a_frozen_account_stops_its_running_calls_at_their_deadline(shop):
    profile(shop, calls_per_minute=1)
    granted = shop.answered()
    shop.checker.check(shop.request())
    call = (shop.books, granted.request.call_id, granted.payers)
    assert extend_call(*call, step=1, paid_seconds=60, wanted=120) is None


def test_a_brake_that_hangs_up_has_the_running_calls_ended_but_no_emergency(shop):
    shop.do("UPDATE tenant SET emergency_numbers = '{112}'")
    profile(shop, calls_per_minute=2, action="hang_up")
    running = [shop.call().request.call_id, shop.answered().request.call_id]
    shop.call(dialled="112")
    shop.call("north-201")
    with ears(shop, SWITCH_CHANNEL) as connection:
        assert shop.checker.check(shop.request()).verdict is Verdict.SUSPENDED
        told = heard(connection, 2)
    tenant = shop.company.tenant.id
    assert sorted(told, key=lambda one: one["hang_up"]) == [
        {"tenant": tenant, "hang_up": call_id} for call_id in sorted(running)
    ]


def test_a_brake_that_notifies_lets_the_call_pass_and_tells_once_an_hour(shop):
    profile(shop, calls_per_minute=1, action="notify")
    shop.call()
    with ears(shop, CHANNEL) as connection:
        granted = shop.call()
        pings = heard(connection, 1)
    shop.call()
    client, tenant = shop.company.client.id, shop.company.tenant.id
    assert pings == [{"topic": "balance", "tenant": tenant, "accounts": [client]}]
    assert [(action, changes["rule"]) for action, _, changes in shop.rows(HISTORY)] == [
        ("alarm", [None, "calls_per_minute"])
    ]
    assert shop.rows("SELECT * FROM account_freeze") == []
    story = shop.one("SELECT story FROM call WHERE call_id = :id", id=granted.request.call_id)
    assert story["alarm"]["reason"] == "1 calls within a minute, 1 are allowed."


def test_many_calls_that_pull_the_brake_at_once_freeze_the_account_once(shop):
    profile(shop, premium_prefixes=["905"])
    checker = shop.checker
    answers = at_once(lambda _: checker.check(shop.request()), times=16, threads=8)
    assert {answer.verdict for answer in answers} == {Verdict.SUSPENDED}
    assert shop.one("SELECT count(*) FROM account_freeze") == 1
    assert len(shop.rows(HISTORY)) == 1


def test_a_thawed_account_calls_again_and_what_it_did_before_counts_no_more(shop):
    profile(shop, calls_per_minute=1, hourly_destinations=1)
    shop.call()
    refused(shop, "1 calls within a minute, 1 are allowed.")
    freeze = let_call(shop, shop.company.client)
    assert freeze.rule == "calls_per_minute"
    assert shop.rows("SELECT thawed_by, thawed_at IS NULL FROM account_freeze") == [("Ada", False)]
    action, actor, changes = shop.rows(HISTORY)[-1]
    assert (action, actor, changes["rule"]) == ("thaw", "Ada", ["calls_per_minute", None])
    shop.call(dialled=OTHER)
    refused(shop, "1 calls within a minute, 1 are allowed.")


def test_the_command_thaws_by_name_or_number_and_says_what_had_stopped_the_account(shop):
    client = shop.company.client
    profile(shop, premium_prefixes=["9055"])
    shop.checker.check(shop.request())
    with shop.session() as session:
        assert thawed(session, client.name) == (
            f"{client.name} may call again. "
            "It was stopped because: 905551234567 begins with the premium prefix 9055."
        )
        session.flush()
        assert thawed(session, str(client.id)) == f"{client.name} was not frozen."
        with pytest.raises(Problem, match="There is no account 'nobody'"):
            thawed(session, "nobody")


def test_an_imagined_call_pulls_no_brake(shop):
    profile(shop, premium_prefixes=["9055"])
    case = shop.checker.imagine(shop.request())
    assert case.story["refusal"]["verdict"] == "suspended"
    assert (shop.rows("SELECT * FROM account_freeze"), shop.rows(HISTORY)) == ([], [])


def test_an_imagined_call_of_the_night_is_judged_by_the_night(shop):
    profile(shop, night_spend=Decimal("0.02"), night_from=0, night_until=60)
    shop.call()
    request = shop.request()
    midnight = dt.datetime(2026, 7, 16, 0, 30, tzinfo=dt.UTC)
    at_night = type(request)(request.call_id, request.endpoint, request.dialled, at=midnight)
    assert "refusal" in shop.checker.imagine(at_night).story
    noon = type(request)(request.call_id, request.endpoint, request.dialled, at=midnight.replace(hour=12))
    assert "refusal" not in shop.checker.imagine(noon).story


def test_a_brake_that_nobody_set_stops_nobody(shop):
    profile(shop, calls_per_minute=0)
    assert all(isinstance(shop.checker.check(shop.request()), Granted) for _ in range(5))


# The world's own record is a call to another number within the hour, and not within the minute.
@pytest.mark.parametrize(("rule", "most"), [("calls_per_minute", 5), ("hourly_destinations", 6)])
def test_of_twenty_calls_that_begin_at_once_exactly_as_many_pass_as_the_profile_allows(shop, rule, most):
    profile(shop, **{rule: most}, action="block")
    checker = shop.checker
    answers = at_once(lambda n: checker.check(shop.request(dialled=f"9055512345{n:02d}")), 20, 20)
    assert [isinstance(one, Granted) for one in answers].count(True) == 5
    assert {one.verdict for one in answers if isinstance(one, Refused)} == {Verdict.SUSPENDED}
    assert shop.rows("SELECT rule FROM account_freeze") == [(rule,)]
