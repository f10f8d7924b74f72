"""Who may call at all, and which numbers: what is asked before a price is sought."""

from __future__ import annotations

import pytest

from cellhub.charging.checking import record_refusal
from cellhub.charging.running import extend_call
from cellhub.charging.verdicts import Granted, Request
from cellhub.domain.admission import MEANINGS, Verdict
from tests.fixtures.shop import NUMBER

EXPIRE = "UPDATE account SET expires_at = now() - interval '1 second' WHERE id = {}"
FREEZE = (
    "INSERT INTO account_freeze (tenant_id, account_id, rule, reason) "
    "SELECT tenant_id, id, 'calls_per_minute', 'Too many calls.' FROM account WHERE id = {}"
)
LIST = (
    "INSERT INTO caller_number (tenant_id, account_id, kind, number) VALUES ({tenant}, {account}, '{}', '{}')"
)
RESTRICT = (
    "INSERT INTO restricted_number (tenant_id, sip_user_id, prefix) VALUES ({tenant}, {sip_user}, '{}')"
)
CALLER = "902125550164"
OWN_NUMBER = f"UPDATE sip_user SET caller_id_number = '+{CALLER}'"


def listed(shop, kind, number, account="NULL"):
    shop.do(OWN_NUMBER)
    shop.do(LIST.format(kind, number, tenant=shop.company.tenant.id, account=account))


def restricted(shop, prefix, sip_user="NULL"):
    shop.do(RESTRICT.format(prefix, tenant=shop.company.tenant.id, sip_user=sip_user))


def refused(shop, verdict, reason, endpoint=""):
    """Check a call that is refused so, and look at its row in Failed Calls."""
    answer = shop.checker.check(shop.request(endpoint))
    assert (answer.verdict, answer.reason) == (verdict, reason)
    record_refusal(shop.books, answer.record)
    written = shop.rows(
        "SELECT verdict, code, story -> 'refusal' ->> 'reason' FROM cdr WHERE call_id = :id",
        id=answer.request.call_id,
    )
    assert written == [(verdict.value, MEANINGS[verdict].sip_code, reason)]


def passes(shop, endpoint=""):
    return isinstance(shop.checker.check(shop.request(endpoint)), Granted)


@pytest.mark.parametrize("whose", ["reseller", "resold"])
def test_an_account_that_expired_stops_its_calls_and_those_below_it(shop, whose):
    account = getattr(shop.company, whose)
    shop.do(EXPIRE.format(account.id))
    answer = shop.checker.check(shop.request("north-201"))
    assert answer.verdict is Verdict.SUSPENDED
    assert answer.reason.startswith(f"{account.name} expired on ")
    assert passes(shop)


@pytest.mark.parametrize("whose", ["reseller", "resold"])
def test_a_frozen_account_hears_the_sentence_of_the_brake_until_it_is_thawed(shop, whose):
    shop.do(FREEZE.format(getattr(shop.company, whose).id))
    refused(shop, Verdict.SUSPENDED, "Too many calls.", "north-201")
    shop.do("UPDATE account_freeze SET thawed_at = now()")
    assert passes(shop, "north-201")


@pytest.mark.parametrize("deed", [EXPIRE, FREEZE])
def test_an_account_that_went_out_of_service_gets_no_further_slice(shop, deed):
    granted = shop.answered()
    shop.do(deed.format(shop.company.client.id))
    call = (shop.books, granted.request.call_id, granted.payers)
    assert extend_call(*call, step=1, paid_seconds=60, wanted=120) is None


def test_a_black_list_stops_the_callers_on_it(shop):
    listed(shop, "black", "905550000000")
    assert passes(shop)
    listed(shop, "black", CALLER)
    refused(shop, Verdict.CALLERID, f"{CALLER} is on the black list of callers.")


def test_a_white_list_lets_nobody_else_call(shop):
    listed(shop, "white", "905550000000")
    refused(shop, Verdict.CALLERID, f"{CALLER} is not on the white list of callers.")
    listed(shop, "white", CALLER)
    assert passes(shop)


def test_the_list_of_an_account_is_for_it_and_those_below_it(shop):
    listed(shop, "black", CALLER, shop.company.reseller.id)
    refused(shop, Verdict.CALLERID, f"{CALLER} is on the black list of callers.", "north-201")
    assert passes(shop)


def test_a_caller_must_be_on_the_white_list_of_the_tenant_and_of_its_account(shop):
    listed(shop, "white", CALLER)
    listed(shop, "white", "905550000000", shop.company.client.id)
    refused(shop, Verdict.CALLERID, f"{CALLER} is not on the white list of callers.")
    assert passes(shop, "north-201")


def test_the_number_that_the_softswitch_knows_goes_before_the_one_of_the_settings(shop):
    listed(shop, "black", CALLER)
    other = shop.request()
    assert isinstance(
        shop.checker.check(Request(other.call_id, other.endpoint, NUMBER, source="905550000000")), Granted
    )


def test_a_number_restricted_for_everybody_is_called_by_nobody(shop):
    restricted(shop, "9055")
    for endpoint in ("north-101", "north-201"):
        refused(shop, Verdict.BLOCKED, "9055 is restricted for everybody.", endpoint)


def test_a_number_restricted_for_one_sip_user_is_free_for_others(shop):
    restricted(shop, "905", shop.company.sip_user.id)
    refused(shop, Verdict.BLOCKED, "905 is restricted for this SIP user.")
    assert passes(shop, "north-201")


def test_with_an_allow_list_a_sip_user_calls_its_own_numbers_and_no_others(shop):
    shop.do("UPDATE sip_user SET allow_list = true WHERE id = :id", id=shop.company.sip_user.id)
    refused(shop, Verdict.BLOCKED, "The SIP user may call its allowed numbers only.")
    restricted(shop, "905", shop.company.sip_user.id)
    assert passes(shop)
    restricted(shop, "90")
    refused(shop, Verdict.BLOCKED, "90 is restricted for everybody.")


def test_restrictions_and_lists_of_another_tenant_concern_nobody_here(shop):
    south = shop.one("SELECT id FROM tenant WHERE slug = 'south'")
    shop.do(OWN_NUMBER)
    shop.do(LIST.format("black", CALLER, tenant=south, account="NULL"))
    shop.do(RESTRICT.format("9", tenant=south, sip_user="NULL"))
    assert passes(shop)
