"""Emergency numbers: they pass whatever stands against the call, cost nothing and hold nothing."""

from __future__ import annotations

import pytest

from cellhub.charging.settling import settle_call
from cellhub.charging.verdicts import Granted
from cellhub.domain.admission import EMERGENCY_SECONDS, Verdict
from tests.factories.routes import open_group, open_provider
from tests.fixtures.shop import talked

AGAINST = [
    "UPDATE account SET status = 'blocked'",
    "UPDATE account SET expires_at = now() - interval '1 day'",
    "INSERT INTO account_freeze (tenant_id, account_id, rule, reason) "
    "SELECT tenant_id, id, 'spend', 'Too much.' FROM account",
    "UPDATE account SET balance = -3",
    "UPDATE account SET spend_cap = 0.000001",
    "UPDATE account SET max_calls = 1, calls_per_second = 1",
    "UPDATE tenant SET max_calls = 1, calls_per_second = 1",
    "UPDATE sip_user SET max_calls = 1",
    "UPDATE sip_user SET enabled = false, allow_list = true",
    "INSERT INTO restricted_number (tenant_id, prefix) SELECT id, '112' FROM tenant",
    "INSERT INTO caller_number (tenant_id, kind, number) SELECT id, 'white', '1' FROM tenant",
    "DELETE FROM rate",
]


@pytest.fixture
def rescue(shop):
    """The shop, whose tenant names two emergency numbers."""
    shop.do("UPDATE tenant SET emergency_numbers = '{112,911}'")
    return shop


@pytest.mark.parametrize("against", AGAINST)
def test_an_emergency_call_passes_whatever_stands_against_it(rescue, against):
    rescue.call("north-201")
    rescue.do(against)
    before = rescue.rows("SELECT id, balance, held FROM account ORDER BY id")
    granted = rescue.checker.check(rescue.request("north-201", "112"))
    assert isinstance(granted, Granted)
    assert (granted.number, granted.slice_seconds, granted.last) == ("112", EMERGENCY_SECONDS, True)
    assert rescue.rows("SELECT id, balance, held FROM account ORDER BY id") == before


def test_an_emergency_call_costs_nobody_anything(rescue):
    granted = rescue.answered("north-201", "112")
    entries = rescue.one("SELECT count(*) FROM ledger_entry")
    assert settle_call(rescue.books, granted.payers, talked(granted, "3600.000"))
    assert rescue.one("SELECT count(*) FROM ledger_entry") == entries
    assert rescue.rows(
        "SELECT destination, costs, billsec FROM cdr WHERE call_id = :id", id=granted.request.call_id
    ) == [("Emergency", [0, 0], 3600)]


def test_an_emergency_number_is_known_as_it_is_dialled_and_by_the_rule_of_the_sip_user(rescue):
    rescue.do("UPDATE sip_user SET strip_prefix = '9', add_prefix = '90'")
    assert rescue.call(dialled="911").number == "911"
    rescue.do("UPDATE sip_user SET strip_prefix = '8', add_prefix = ''")
    assert rescue.call(dialled="8112").number == "112"


def test_a_longer_number_that_begins_so_is_no_emergency(rescue):
    rescue.do("UPDATE account SET status = 'blocked'")
    assert rescue.checker.check(rescue.request(dialled="1125551234")).verdict is Verdict.SUSPENDED


def test_an_emergency_call_needs_a_trunk(rescue):
    rescue.do("UPDATE trunk SET active = false")
    assert rescue.checker.check(rescue.request(dialled="112")).verdict is Verdict.NO_TRUNK


def test_an_emergency_call_that_finds_its_trunk_full_takes_the_next(rescue):
    rescue.do("UPDATE trunk SET max_channels = 1, priority = 1")
    rescue.do(
        "INSERT INTO trunk (tenant_id, name, host, port, priority) "
        "SELECT tenant_id, 'spare', '127.0.0.1', 5081, 20 FROM trunk WHERE name = 'north-carrier'"
    )
    rescue.do("UPDATE account SET max_calls = 1")
    rescue.call()
    assert [one.trunk for one in rescue.call(dialled="112").attempts] == ["spare"]


def test_an_emergency_call_shows_the_phones_own_number_and_has_no_price_of_a_country(rescue):
    open_provider(rescue, "acme", {"1": "0.01"})
    open_group(rescue, "acme")
    rescue.do("UPDATE sip_user SET caller_id_rule = 'pool', caller_numbers = '{902125550999}'")
    (abroad,) = rescue.call(dialled="905551234567").attempts
    (attempt,) = rescue.call(dialled="112").attempts
    assert (abroad.caller_id, attempt.caller_id, attempt.buy) == ("902125550999", "", None)
