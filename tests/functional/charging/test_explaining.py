"""A call explains itself: one that was made from what the books keep, one that is imagined from the check."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from decimal import Decimal

import pytest

from cellhub.calls.telling import imagine, tell
from cellhub.charging.checking import record_refusal
from cellhub.charging.settling import settle_call
from cellhub.charging.verdicts import Request
from cellhub.cli import explain as command
from cellhub.local.explaintext import text
from cellhub.local.problem import Problem
from tests.fixtures.shop import BEGAN, NUMBER, TRUNK, talked

MOMENT = dt.datetime(2026, 7, 16, 14, 30, tzinfo=dt.UTC)
EVERYTHING = ("account", "call", "call_payer", "ledger_entry", "cdr", "attempt")


def settled(shop, endpoint=""):
    """A call that talked 61.4 s; its id."""
    granted = shop.answered(endpoint)
    assert settle_call(shop.books, granted.payers, talked(granted, "61.400"))
    return granted.request.call_id


def asked(**given):
    return argparse.Namespace(**{"call": None, "number": None, "sip_user": None, "at": None, **given})


def explained(shop, **given):
    with shop.session() as session:
        return command.explanation(session, asked(**given))


def everything(shop):
    return {table: shop.rows(f"SELECT to_jsonb(t) FROM {table} t ORDER BY 1") for table in EVERYTHING}


def test_a_settled_call_tells_number_rates_limits_holds_trunks_charge_and_ledger(shop):
    call_id = settled(shop, "north-201")
    told = explained(shop, call=call_id)
    reseller, client = shop.company.reseller, shop.company.resold
    assert told["verdict"]["verdict"] == "ok"
    assert told["number"] == {"dialled": NUMBER, "strip": "", "add": "", "number": NUMBER}
    top, below = told["prices"]
    assert (top["account"], below["account"]) == (reseller.name, client.name)
    assert [(one["prefix"], one["chosen"], one["reason"]) for one in top["rates"]] == [
        ("905", True, ""),
        ("90", False, "shorter than 905"),
        ("9", False, "shorter than 905"),
    ]
    assert (below["margin"], below["rates"]) == ("0.250000", [])
    assert told["limits"]["sip_user"] == {"username": "north-201"}
    assert told["limits"]["accounts"][1] == {
        "account": client.name,
        "account_id": client.id,
        "name": client.name,
        "status": "active",
        "balance": "50.000000",
        "available": "50.000000",
    }
    assert told["hold"]["slice_seconds"] == 60
    assert [one["held"] for one in told["hold"]["payers"]] == ["0.026000", "0.032500"]
    assert [one["trunk"] for one in told["trunks"]["attempts"]] == [TRUNK]
    assert [(one["trunk"], one["code"]) for one in told["attempts"]] == [(TRUNK, 200)]
    assert [one["cost"] for one in told["charge"]["payers"]] == ["0.028400", "0.035500"]
    assert sorted((one["account"], one["amount"]) for one in told["ledger"]) == [
        (reseller.name, "-0.028400"),
        (client.name, "-0.035500"),
    ]
    assert (told["call"]["state"], told["call"]["billsec"]) == ("SETTLED", "61.400")
    assert json.loads(json.dumps(told)) == told


def test_the_text_of_a_settled_call_spells_out_the_arithmetic_of_each_payer(shop):
    granted = shop.answered("north-201")
    shop.do("UPDATE call SET authorised_at = :at", at=BEGAN)
    assert settle_call(shop.books, granted.payers, talked(granted, "61.400"))
    call_id = granted.request.call_id
    lines = text(explained(shop, call=call_id[:12])).splitlines()
    assert lines == [
        f"Call {call_id}: north-201 dialled {NUMBER} at {BEGAN:%Y-%m-%d %H:%M:%S} UTC",
        "  Verdict    ok: The call may be placed.",
        f"  Number     {NUMBER} dialled, with no rule to change it: {NUMBER}",
        "  Price      north reseller pays 905 Turkey Mobile of north A-Z (plan), a minute 0.024000, "
        "30 s first, then by 6 s, connect charge 0.002000",
        "               not 90 Turkey of north A-Z (plan): shorter than 905",
        "               not 9 World of north A-Z (plan): shorter than 905",
        "             north resold client pays what north reseller pays and a margin of 25 %",
        "  Limits     SIP user north-201: no limit of calls",
        "             north reseller: active, no limit of calls, available 50.000000, balance 50.000000",
        "             north resold client: active, no limit of calls, available 50.000000, balance 50.000000",
        "  Hold       the first 60 s",
        "             north reseller holds 0.026000",
        "               Talked          60 s",
        "               Billed          30 + 5 × 6 = 60 s",
        "               Minutes         60 s × 0.024000 / 60 = 0.024000",
        "               Connect charge  once a call = 0.002000",
        "               Cost            rounded half up to 6 decimals = 0.026000",
        "             north resold client holds 0.032500",
        "               Talked          60 s",
        "               Billed          30 + 5 × 6 = 60 s",
        "               Minutes         60 s × 0.030000 / 60 = 0.030000",
        "               Connect charge  once a call = 0.002500",
        "               Cost            rounded half up to 6 decimals = 0.032500",
        "  Trunks     the active trunks by their priority",
        f"             1. north-carrier: {NUMBER}, rings up to 60 s",
        "  Tried      1. north-carrier: 200, after 5.000 s",
        "  State      SETTLED, ANSWERED, 61.400 s talked",
        "  Charge     61.400 s by the word of: evidence",
        "             north reseller pays 0.028400",
        "               Talked          61.400 s",
        "               Billed          30 + 6 × 6 = 66 s",
        "               Minutes         66 s × 0.024000 / 60 = 0.026400",
        "               Connect charge  once a call = 0.002000",
        "               Cost            rounded half up to 6 decimals = 0.028400",
        "             north resold client pays 0.035500",
        "               Talked          61.400 s",
        "               Billed          30 + 6 × 6 = 66 s",
        "               Minutes         66 s × 0.030000 / 60 = 0.033000",
        "               Connect charge  once a call = 0.002500",
        "               Cost            rounded half up to 6 decimals = 0.035500",
        "  Ledger     north reseller -0.028400 call, then 49.971600",
        "             north resold client -0.035500 call, then 49.964500",
    ]


def test_a_running_call_tells_what_it_holds(shop):
    call_id = shop.answered().request.call_id
    told = explained(shop, call=call_id)
    assert [(one["account"], one["held"], one["cost"]) for one in told["payers"]] == [
        (shop.company.client.name, "0.026000", None)
    ]
    assert "  State      ANSWERED, 60 s are paid for, until " in text(told)
    assert f"  Held now   {shop.company.client.name} 0.026000" in text(told)


def test_a_refused_call_tells_why(shop):
    shop.do("UPDATE account SET status = 'suspended' WHERE id = :id", id=shop.company.client.id)
    request = shop.request()
    record_refusal(shop.books, shop.checker.check(request).record)
    told = explained(shop, call=request.call_id)
    reason = f"{shop.company.client.name} is suspended."
    assert (told["verdict"]["verdict"], told["verdict"]["reason"]) == ("suspended", reason)
    assert (told["call"]["state"], told["hold"], told["charge"], told["ledger"]) == ("REFUSED", {}, {}, [])
    assert f"suspended, the phone hears 403: The account is not active.\n             {reason}" in text(told)


def test_an_imagined_call_tells_the_same_as_the_check_and_writes_nothing(shop):
    before = everything(shop)
    told = explained(shop, number=NUMBER, sip_user="north-201")
    assert everything(shop) == before
    made = explained(shop, call=settled(shop, "north-201"))
    same = ("verdict", "number", "prices", "limits", "hold", "trunks")
    assert {name: told[name] for name in same} == {name: made[name] for name in same}
    assert told["call"]["state"] == "IMAGINED"
    assert text(told).startswith(f"If north-201 dialled {NUMBER} at ")


def test_an_imagined_call_is_refused_as_the_check_would(shop):
    shop.give(shop.company.client.id, "0.01")
    told = explained(shop, number=NUMBER, sip_user="north-101")
    name = shop.company.client.name
    assert told["verdict"] == {
        "verdict": "no_credit",
        "sip_code": 402,
        "sentence": "The credit does not pay the first seconds of this call.",
        "reason": f"{name} has 0.010000 available; the first 30 s cost 0.014000.",
    }
    assert told["hold"] == {}


def test_a_purse_is_named_where_its_group_pays(shop):
    client, resold = shop.company.client, shop.company.resold
    shop.do(
        "WITH made AS (INSERT INTO account_group (tenant_id, name, kind, purse_id) "
        "VALUES (:tenant, 'together', 'balance', :purse) RETURNING id) "
        "UPDATE account SET group_id = made.id FROM made WHERE account.id = :member",
        tenant=shop.company.tenant.id,
        purse=client.id,
        member=resold.id,
    )
    imagined = explained(shop, number=NUMBER, sip_user="north-201")
    told = explained(shop, call=settled(shop, "north-201"))
    assert [one["limits"]["accounts"][1]["purse"] for one in (imagined, told)] == [client.name] * 2
    assert [one["account"] for one in told["charge"]["payers"]] == [shop.company.reseller.name, resold.name]
    assert {one["account"] for one in told["ledger"]} == {shop.company.reseller.name, client.name}


def test_limits_that_are_set_are_told_with_what_is_left_of_them(shop):
    client = shop.company.client
    shop.do("UPDATE account SET spend_cap = 0.026, max_calls = 3 WHERE id = :id", id=client.id)
    shop.do("UPDATE tenant SET max_calls = 9")
    shop.answered()
    lines = text(explained(shop, number=NUMBER, sip_user="north-101")).splitlines()
    assert lines[1:3] == [
        "  Verdict    spend_cap, the phone hears 480: The spend cap is reached.",
        f"             {client.name} may spend 0.026000 a day and has 0.000000 left; "
        "the first 30 s cost 0.014000.",
    ]
    assert (
        f"             {client.name}: active, 1 of 3 calls running, available 49.974000, balance 50.000000, "
        "held 0.026000, spend cap 0.026000, spend left 0.000000"
    ) in lines
    assert "             all customers together: 1 of 9 calls running" in lines


def test_an_emergency_number_says_that_it_passes_and_costs_nothing(shop):
    shop.do("UPDATE tenant SET emergency_numbers = '{112}'")
    shop.do("UPDATE account SET status = 'suspended'")
    told = explained(shop, number="112", sip_user="north-101")
    assert (told["emergency"], told["verdict"]["verdict"], told["prices"]) == (True, "ok", [])
    assert text(told).splitlines()[1] == (
        "  Verdict    ok: an emergency number passes whatever stands against it and costs nobody anything"
    )


def test_the_rule_of_the_sip_user_is_told_and_followed(shop):
    shop.do("UPDATE sip_user SET strip_prefix = '0', add_prefix = '90' WHERE username = 'north-101'")
    told = explained(shop, number="05551234567", sip_user="north-101")
    line = f"  Number     05551234567 dialled, by the SIP user's rule (strip 0, then add 90): {NUMBER}"
    assert line in text(told).splitlines()


def test_a_moment_decides_which_offer_counts(shop):
    shop.do(
        "INSERT INTO offer (tenant_id, account_id, prefix, destination, days, starts_at, expires_at) "
        "VALUES (:tenant, :account, '905', 'Mobile', 1, :starts, :ends)",
        tenant=shop.company.tenant.id,
        account=shop.company.client.id,
        starts=MOMENT,
        ends=MOMENT + dt.timedelta(days=1),
    )
    with shop.session() as session:
        costs = [
            Decimal(imagine(session, "north-101", NUMBER, at)["hold"]["payers"][0]["held"])
            for at in (MOMENT, MOMENT + dt.timedelta(days=1))
        ]
    assert costs == [Decimal(0), Decimal("0.026000")]


def test_a_moment_without_a_zone_is_on_the_tenants_clock(shop):
    told = explained(shop, number=NUMBER, sip_user="north-101", at=dt.datetime(2026, 7, 16, 14, 30))  # noqa: DTZ001
    assert told["call"]["started_at"] == "2026-07-16T14:30:00+03:00"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"call": "ABC" * 4}, "There is no call whose id begins with abcabcabcabc."),
        ({"call": "*"}, "'*' is no call id: write up to 32 of the characters 0-9 and a-f."),
        ({"number": NUMBER, "sip_user": "nobody"}, "There is no SIP user 'nobody'."),
    ],
)
def test_what_does_not_exist_is_a_sentence(shop, given, sentence):
    with pytest.raises(Problem) as refused:
        explained(shop, **given)
    assert str(refused.value) == sentence


def test_a_beginning_that_several_calls_share_lists_them(shop):
    first, second = ("a" * 31 + last for last in "12")
    for call_id in (first, second):
        assert shop.checker.check(Request(call_id, shop.username, NUMBER))
    with pytest.raises(Problem) as refused:
        explained(shop, call="a" * 12)
    assert str(refused.value) == (
        f"Several calls begin with aaaaaaaaaaaa: {first}, {second}. Write more of it."
    )


def test_another_tenants_call_does_not_exist(shop):
    foreign = shop.one(
        "SELECT call_id FROM cdr WHERE tenant_id <> :mine LIMIT 1", mine=shop.company.tenant.id
    )
    with pytest.raises(Problem):
        explained(shop, call=foreign)
    with shop.session() as session, pytest.raises(LookupError):
        tell(session, foreign)
