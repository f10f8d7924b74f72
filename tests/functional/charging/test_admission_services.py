"""The settings of admission as services: what they set the next check finds, and who did it is known."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from cellhub.accounts.brake import drop_profile, profile_of, set_profile
from cellhub.accounts.groups import change_group, delete_group, open_group, set_group, why_kept
from cellhub.accounts.models import GroupKind
from cellhub.accounts.refusal import RefusedError
from cellhub.accounts.services import change_account
from cellhub.charging.verdicts import Granted
from cellhub.domain.admission import Verdict
from cellhub.domain.callerid import ListKind
from cellhub.domain.fraud import Profile
from cellhub.sip.barriers import lift, list_caller, restrict, unlist_caller

OWN_NUMBER = "902125550100"


def row_of(session, row):
    return session.get_one(type(row), (row.tenant_id, row.id))


def hears(shop, endpoint=""):
    answer = shop.checker.check(shop.request(endpoint))
    return Verdict.OK if isinstance(answer, Granted) else answer.verdict


def history(shop):
    return shop.rows("SELECT object_kind, action, object_name, actor FROM audit_entry ORDER BY id")


def refuses(field, deed, *arguments, **named):
    with pytest.raises(RefusedError) as refused:
        deed(*arguments, **named)
    assert refused.value.field == field


def test_a_restricted_prefix_stops_calls_until_it_is_lifted(shop):
    with shop.acting() as (session, actor):
        row = restrict(session, actor, "9055", row_of(session, shop.company.sip_user))
        refuses("prefix", restrict, session, actor, "+9055")
        refuses("prefix", restrict, session, actor, "9055", row_of(session, shop.company.sip_user))
    assert hears(shop) is Verdict.BLOCKED
    with shop.acting() as (session, actor):
        lift(session, actor, row_of(session, row))
    assert hears(shop) is Verdict.OK
    assert history(shop) == [
        ("restricted_number", "create", "9055", "Ada"),
        ("restricted_number", "delete", "9055", "Ada"),
    ]


def test_a_listed_caller_is_stopped_until_taken_off(shop):
    with shop.acting() as (session, actor):
        row = list_caller(session, actor, ListKind.BLACK, OWN_NUMBER, row_of(session, shop.company.client))
        refuses("number", list_caller, session, actor, ListKind.BLACK, "1; DROP")
        refuses(
            *("number", list_caller, session, actor, ListKind.WHITE, OWN_NUMBER),
            row_of(session, shop.company.client),
        )
    assert hears(shop) is Verdict.CALLERID
    with shop.acting() as (session, actor):
        unlist_caller(session, actor, row_of(session, row))
    assert hears(shop) is Verdict.OK


def test_a_group_is_shared_from_the_next_call_on_and_kept_while_it_has_members(shop):
    client, resold = shop.company.client, shop.company.resold
    with shop.acting() as (session, actor):
        group = open_group(session, actor, kind=GroupKind.BALANCE, name="Pera", purse=row_of(session, client))
        set_group(session, actor, row_of(session, resold), group)
        refuses("name", open_group, session, actor, kind=GroupKind.QUOTA, name="Pera")
    shop.call("north-201")
    assert shop.money(client.id)[1] == Decimal("0.032500")
    with shop.acting() as (session, actor):
        group = row_of(session, group)
        assert why_kept(session, group) == f"It has members: {resold.name}. Take them out first."
        refuses("group", delete_group, session, actor, group)
        change_group(session, actor, group, name="Moda", purse=row_of(session, client), quota=Decimal(0))
        set_group(session, actor, row_of(session, resold), None)
        delete_group(session, actor, group)
    shop.call("north-201")
    assert shop.money(resold.id)[1] == Decimal("0.032500")


def test_a_reseller_and_its_customer_share_no_quota_since_one_call_would_count_twice(shop):
    reseller, resold, client = shop.company.reseller, shop.company.resold, shop.company.client
    for first, second in ((reseller, resold), (resold, reseller)):
        with shop.acting() as (session, actor):
            group = open_group(session, actor, kind=GroupKind.QUOTA, name=first.name, quota=Decimal(5))
            set_group(session, actor, row_of(session, first), group)
            set_group(session, actor, row_of(session, client), group)
            refuses("group", set_group, session, actor, row_of(session, second), group)


@pytest.mark.parametrize(
    ("kind", "purse", "quota", "field"),
    [
        (GroupKind.BALANCE, False, "0", "purse"),
        (GroupKind.BALANCE, True, "5", "quota"),
        (GroupKind.QUOTA, True, "5", "purse"),
        (GroupKind.QUOTA, False, "-1", "quota"),
    ],
)
def test_purse_and_quota_must_fit_the_kind_of_a_group(shop, kind, purse, quota, field):
    with shop.acting() as (session, actor):
        account = row_of(session, shop.company.client) if purse else None
        terms = {"kind": kind, "name": "Pera", "purse": account, "quota": Decimal(quota)}
        refuses(field, open_group, session, actor, **terms)


def test_a_profile_is_set_changed_and_dropped(shop):
    client = shop.company.client
    with shop.acting() as (session, actor):
        set_profile(session, actor, None, Profile(premium_prefixes=["90"]))
        set_profile(session, actor, row_of(session, client), Profile(calls_per_minute=9))
    assert (hears(shop), hears(shop, "north-201")) == (Verdict.OK, Verdict.SUSPENDED)
    with shop.acting() as (session, actor):
        account = row_of(session, client)
        set_profile(session, actor, account, Profile(calls_per_minute=8))
        set_profile(session, actor, account, Profile(calls_per_minute=8))
        drop_profile(session, actor, profile_of(session, actor.tenant_id, account))
    assert hears(shop) is Verdict.SUSPENDED
    mine = [entry[1:3] for entry in history(shop) if entry[0] == "fraud_profile"]
    assert mine == [
        ("create", "all accounts"),
        ("create", client.name),
        ("change", client.name),
        ("delete", client.name),
    ]


@pytest.mark.parametrize(
    ("field", "profile"),
    [
        ("calls_per_minute", Profile(calls_per_minute=-1)),
        ("hourly_spend", Profile(hourly_spend=Decimal(-1))),
        ("night_until", Profile(night_until=1440)),
        ("premium_prefixes", Profile(premium_prefixes=["+90"])),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(shop, field, profile):
    with shop.acting() as (session, actor):
        refuses(field, set_profile, session, actor, None, profile)


def test_limits_and_expiry_are_terms_of_an_account(shop):
    ended = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    with shop.acting() as (session, actor):
        account = row_of(session, shop.company.client)
        change_account(session, actor, account, {"expires_at": ended, "spend_cap": Decimal(5)}, None)
    assert hears(shop) is Verdict.SUSPENDED
    with shop.acting() as (session, actor):
        account = row_of(session, shop.company.client)
        change_account(session, actor, account, {"expires_at": None, "spend_cap": Decimal("0.01")}, None)
    assert hears(shop) is Verdict.SPEND_CAP
