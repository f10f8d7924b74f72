"""Trunk groups and providers: opened, changed and deleted, with an entry in the audit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from cellhub.accounts.audit import Actor
from cellhub.accounts.models import AuditEntry
from cellhub.accounts.refusal import RefusedError
from cellhub.db.scope import Scope, enter_scope
from cellhub.domain.callerid import CallerIdRule
from cellhub.domain.routing import Group, Member, Strategy
from cellhub.money.proof import INVARIANTS
from cellhub.rates.usage import users_of_deck
from cellhub.routes import groups, providers
from cellhub.routes.models import ProviderEntry
from cellhub.sip.services import change_sip_user

(BALANCES,) = (one for one in INVARIANTS if one.number == 17)


@pytest.fixture
def north(world):
    """The north tenant, in its own scope."""
    world.session.flush()
    enter_scope(world.session, Scope.of_tenant(world.north.tenant.id))
    return world.north


@pytest.fixture
def actor(north):
    return Actor(north.tenant.id, "Ada")


def deeds(session, kind):
    """What the audit keeps of the rows of a table."""
    query = select(AuditEntry.action, AuditEntry.object_name, AuditEntry.changes)
    rows = session.execute(query.where(AuditEntry.object_kind == kind).order_by(AuditEntry.id))
    return [tuple(row) for row in rows]


def test_a_group_is_opened_changed_and_deleted_with_its_history(session, north, actor):
    row = groups.open_group(session, actor, Group("carriers", [Member(north.trunk.id)]))
    changed = Group("carriers", [Member(north.trunk.id, 5, 3)], Strategy.WEIGHT, "603,5..")
    groups.change_group(session, actor, row, changed)
    assert [one for _, one in groups.members_of(session, row)] == [Member(north.trunk.id, 5, 3)]
    groups.delete_group(session, actor, row)
    assert deeds(session, "trunk_group") == [
        ("create", "carriers", {}),
        (
            "change",
            "carriers",
            {
                "strategy": ["priority", "weight"],
                "failover_codes": ["", "603,5.."],
                "trunks": ["north-carrier (10, weight 1)", "north-carrier (5, weight 3)"],
            },
        ),
        ("delete", "carriers", {}),
    ]


def test_a_group_that_is_saved_as_it_was_leaves_no_history(session, north, actor):
    group = Group("carriers", [Member(north.trunk.id)])
    groups.change_group(session, actor, groups.open_group(session, actor, group), group)
    assert [action for action, *_ in deeds(session, "trunk_group")] == ["create"]


def test_a_group_of_what_is_not_the_tenants_or_no_code_is_refused(session, world, north, actor):
    own, foreign = north.trunk.id, world.south.trunk.id
    groups.open_group(session, actor, Group("taken", []))
    for field, group in (
        ("members", Group("x", [Member(foreign)])),
        ("members", Group("x", [Member(own), Member(own)])),
        ("members", Group("x", [Member(own, weight=0)])),
        ("failover_codes", Group("x", [], failover_codes="503)|.*")),
        ("name", Group("taken", [])),
    ):
        with pytest.raises(RefusedError) as refused:
            groups.open_group(session, actor, group)
        assert refused.value.field == field


def test_a_group_that_a_sip_user_calls_by_is_kept(session, north, actor):
    row = groups.open_group(session, actor, Group("carriers", [Member(north.trunk.id)]))
    north.sip_user.trunk_group_id = row.id
    session.flush()
    reason = "It is the trunk group of SIP user north-101. Choose another one there first."
    assert groups.why_kept(session, row) == reason
    with pytest.raises(RefusedError, match="north-101"):
        groups.delete_group(session, actor, row)


def test_a_provider_takes_its_trunks_along_when_its_name_changes(session, north, actor):
    provider = providers.open_provider(session, actor, "Acme", north.deck.id)
    north.trunk.provider = "Acme"
    session.flush()
    providers.change_provider(session, actor, provider, "Acme Ltd", None)
    session.refresh(north.trunk)
    assert north.trunk.provider == "Acme Ltd"
    assert deeds(session, "provider") == [
        ("create", "Acme", {}),
        ("change", "Acme Ltd", {"name": ["Acme", "Acme Ltd"], "deck_id": [north.deck.id, None]}),
    ]


def test_a_provider_with_another_tenants_deck_or_a_name_that_is_taken_is_refused(
    session, world, north, actor
):
    providers.open_provider(session, actor, "Acme", None)
    for field, name, deck in (
        ("deck_id", "New", world.south.deck.id),
        ("name", "Acme", None),
        ("name", " ", None),
    ):
        with pytest.raises(RefusedError) as refused:
            providers.open_provider(session, actor, name, deck)
        assert refused.value.field == field


def pay(session, actor, provider, amount, **form):
    given = {"note": "", "form_id": "form"} | form
    return providers.pay_provider(session, actor, provider, amount=Decimal(amount), **given)


def test_a_form_that_is_sent_again_pays_a_provider_once(session, north, actor):
    provider, other = (providers.open_provider(session, actor, name, None) for name in ("Acme", "Bolt"))
    first = pay(session, actor, provider, "100", note="May")
    assert pay(session, actor, provider, "100", note="May") is first
    assert (provider.balance, deeds(session, "provider")[-1][0]) == (Decimal(100), "credit")
    with pytest.raises(RefusedError, match="has booked 100"):
        pay(session, actor, provider, "101")
    assert pay(session, actor, other, "5").balance_after == Decimal(5)
    assert list(BALANCES.drifts(session)) == []


def test_what_a_provider_is_paid_is_an_entry_and_its_balance_the_sum(session, north, actor):
    provider = providers.open_provider(session, actor, "Acme", None)
    pay(session, actor, provider, "100", note="May", form_id="one")
    pay(session, actor, provider, "-30", note="too much", form_id="two")
    entries = select(ProviderEntry.kind, ProviderEntry.amount, ProviderEntry.balance_after)
    assert [tuple(one) for one in session.execute(entries.order_by(ProviderEntry.id))] == [
        ("credit", Decimal("100"), Decimal("100")),
        ("credit", Decimal("-30"), Decimal("70")),
    ]
    assert list(BALANCES.drifts(session)) == []


@pytest.mark.parametrize("amount", ["0", "NaN", "Infinity", "1e12", "-1e18"])
def test_an_amount_that_no_balance_holds_is_refused(session, north, actor, amount):
    provider = providers.open_provider(session, actor, "Acme", None)
    with pytest.raises(RefusedError):
        pay(session, actor, provider, amount)
    assert provider.balance == 0


def test_a_provider_is_kept_while_a_trunk_or_an_entry_needs_it(session, north, actor):
    provider = providers.open_provider(session, actor, "Acme", None)
    north.trunk.provider = "Acme"
    session.flush()
    wanted = "It is the provider of trunk north-carrier. Choose another one there first."
    assert providers.why_kept(session, provider) == wanted
    north.trunk.provider = ""
    session.flush()
    pay(session, actor, provider, "1")
    with pytest.raises(RefusedError, match="stay for ever"):
        providers.delete_provider(session, actor, provider)


def test_a_provider_that_nothing_needs_is_deleted(session, north, actor):
    provider = providers.open_provider(session, actor, "Acme", None)
    providers.delete_provider(session, actor, provider)
    assert [action for action, *_ in deeds(session, "provider")] == ["create", "delete"]


def test_a_deck_by_which_we_buy_or_a_reseller_sells_is_named_as_used(session, north, actor):
    providers.open_provider(session, actor, "Acme", north.deck.id)
    north.reseller.sell_deck_id = north.deck.id
    session.flush()
    assert users_of_deck(session, north.deck) == (
        "plan north standard and reseller north reseller and provider Acme"
    )


def test_a_sip_user_is_given_a_group_and_a_rule_for_its_number(session, north, actor):
    row = groups.open_group(session, actor, Group("carriers", [Member(north.trunk.id)]))
    terms = {
        "trunk_group_id": row.id,
        "caller_id_rule": CallerIdRule.LIST,
        "caller_numbers": ["+902125550101"],
    }
    session.refresh(north.sip_user)
    change_sip_user(session, actor, north.sip_user, north.client, terms)
    *_, (action, _, changes) = deeds(session, "sip_user")
    assert action == "change"
    assert changes["trunk_group"] == [None, "carriers"]
    assert changes["caller_id_rule"] == ["own", "list"]


@pytest.mark.parametrize("number", ["", "1", "+", "90 212", "1" * 21, "12&PJSIP/x", "１２３"])
def test_a_caller_number_that_is_none_is_refused(session, north, actor, number):
    with pytest.raises(RefusedError) as refused:
        change_sip_user(session, actor, north.sip_user, north.client, {"caller_numbers": [number]})
    assert refused.value.field == "caller_numbers"
