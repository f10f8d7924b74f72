"""What a call costs us: on its record, with its provider, and in the proof of the books."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from cellhub.calls.models import Cdr
from cellhub.charging.late import give_back
from cellhub.charging.records import find_call
from cellhub.charging.settling import settle_call
from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.domain.settlement import BOUND
from cellhub.money.proof import INVARIANTS
from cellhub.routes.bundles import bundle_charges
from tests.factories.routes import open_group, open_provider
from tests.fixtures.shop import TRUNK, at_once, talked, untalked

# 61.4 s are 62 s of 0.009 a minute.
TALKED, BOUGHT = "61.400", Decimal("0.009300")
# 30 + 6 × 6 = 66 s of 0.024 a minute and 0.002 for the connection.
SOLD = Decimal("0.028400")
(BALANCES,) = (one for one in INVARIANTS if one.number == 17)


@pytest.fixture
def acme(shop):
    """A provider whose trunk carries the client's calls, before the world's own trunk."""
    provider = open_provider(shop, "acme", {"905": "0.009"})
    open_group(shop, "acme", TRUNK)
    return provider


def carried(shop, seconds=TALKED, trunk="acme"):
    """Let a call be carried and settled as the agent does that did not check it."""
    granted = shop.answered()
    record = find_call(shop.books, granted.request.call_id)
    assert settle_call(shop.books, record.payers, replace(talked(granted, seconds), trunk=trunk), record.buys)
    return granted.request.call_id


def bundle(shop):
    with scoped(shop.factory, Scope.platform()) as session:
        return bundle_charges(session)


def drifts(shop):
    with scoped(shop.factory, Scope.platform()) as session:
        return list(BALANCES.drifts(session))


def record(shop, call_id):
    with scoped(shop.factory, Scope.platform()) as session:
        cdr = session.scalars(select(Cdr).where(Cdr.call_id == call_id)).one()
        return cdr.provider, cdr.buy_cost, cdr.margin


def test_the_record_tells_the_provider_what_it_charges_and_what_is_left(shop, acme):
    call_id = carried(shop)
    assert record(shop, call_id) == ("acme", BOUGHT, SOLD - BOUGHT)
    assert shop.rows("SELECT provider_id, call_id, amount FROM provider_charge") == [(acme, call_id, BOUGHT)]
    told = shop.one("SELECT story -> 'bought' FROM cdr WHERE call_id = :id", id=call_id)
    assert (told["provider"], told["prefix"], told["cost"]) == ("acme", "905", "0.009300")
    assert [step["text"] for step in told["steps"]][:2] == ["61.400 s", "62 × 1 = 62 s"]


def test_the_price_is_that_of_the_check_and_of_the_trunk_that_carried_the_call(shop, acme):
    open_provider(shop, "bolt", {"905": "0.003"})
    open_group_of_both(shop)
    granted = shop.answered()
    shop.do("UPDATE rate SET rate = 9 WHERE deck_id IN (SELECT deck_id FROM provider)")
    buys = find_call(shop.books, granted.request.call_id).buys
    ending = replace(talked(granted, "60.000"), trunk="bolt")
    assert settle_call(shop.books, granted.payers, ending, buys)
    assert record(shop, granted.request.call_id)[:2] == ("bolt", Decimal("0.003000"))


def open_group_of_both(shop):
    shop.do(
        "INSERT INTO trunk_group_trunk (tenant_id, group_id, trunk_id, priority) "
        "SELECT g.tenant_id, g.id, t.id, 9 FROM trunk_group g JOIN trunk t ON t.name = 'bolt'"
    )


def test_of_a_trunk_without_buy_prices_only_the_provider_is_known(shop):
    shop.do("UPDATE trunk SET provider = 'Old friends'")
    call_id = carried(shop, trunk=TRUNK)
    assert record(shop, call_id) == ("Old friends", None, None)
    assert shop.rows("SELECT 1 FROM provider_charge") == []


def test_a_call_that_nobody_answered_costs_us_nothing(shop, acme):
    granted = shop.call()
    buys = find_call(shop.books, granted.request.call_id).buys
    assert settle_call(shop.books, granted.payers, replace(untalked(granted), trunk="acme"), buys)
    assert record(shop, granted.request.call_id) == ("acme", Decimal(0), Decimal(0))
    assert shop.rows("SELECT 1 FROM provider_charge") == []


def test_a_call_settled_twice_charges_its_provider_once(shop, acme):
    granted = shop.answered()
    buys = find_call(shop.books, granted.request.call_id).buys
    ending = replace(talked(granted, TALKED), trunk="acme")
    done = at_once(lambda _: settle_call(shop.books, granted.payers, ending, buys), 20, 8)
    assert sum(done) == 1
    assert shop.rows("SELECT amount FROM provider_charge") == [(BOUGHT,)]


def test_a_provider_that_is_gone_keeps_no_call_from_its_settlement(shop, acme):
    granted = shop.answered()
    buys = find_call(shop.books, granted.request.call_id).buys
    shop.do("DELETE FROM provider")
    assert settle_call(shop.books, granted.payers, replace(talked(granted, TALKED), trunk="acme"), buys)
    assert record(shop, granted.request.call_id) == ("acme", BOUGHT, SOLD - BOUGHT)


def test_a_bundle_takes_each_charge_to_the_balance_once(shop, acme):
    carried(shop)
    carried(shop)
    assert (bundle(shop), bundle(shop)) == (1, 0)
    assert shop.rows("SELECT balance FROM provider") == [(-2 * BOUGHT,)]
    carried(shop)
    assert bundle(shop) == 1
    assert shop.rows("SELECT kind, amount, balance_after, note, actor FROM provider_entry ORDER BY id") == [
        ("calls", -2 * BOUGHT, -2 * BOUGHT, "Calls: 2", "worker"),
        ("calls", -BOUGHT, -3 * BOUGHT, "Calls: 1", "worker"),
    ]
    assert shop.rows("SELECT 1 FROM provider_charge") == []
    assert drifts(shop) == []


@pytest.mark.parametrize("bundled", [True, False])
def test_late_evidence_corrects_what_the_provider_charges_once(shop, acme, bundled):
    granted = shop.answered()
    buys = find_call(shop.books, granted.request.call_id).buys
    ending = replace(talked(granted, TALKED), trunk="acme", source=BOUND)
    assert settle_call(shop.books, granted.payers, ending, buys)
    if bundled:
        bundle(shop)
    at_once(lambda _: give_back(shop.books, granted.request.call_id, Decimal(40)), 12, 6)
    bundle(shop)
    # 40 s at 0.009 a minute, counted by the second.
    assert shop.rows("SELECT balance FROM provider") == [(-Decimal("0.006"),)]
    assert drifts(shop) == []


def test_bundles_made_at_once_while_calls_end_lose_and_double_nothing(shop, acme):
    providers = [acme, *(open_provider(shop, name, {}) for name in ("bolt", "core"))]

    def work(n):
        if n % 3 == 0:
            bundle(shop)
        else:
            add_charge(shop, providers[n % len(providers)])

    at_once(work, 60, 8)
    bundle(shop)
    assert shop.one("SELECT sum(balance) FROM provider") == Decimal(-40)
    assert shop.one("SELECT sum(amount) FROM provider_entry") == Decimal(-40)
    assert drifts(shop) == []


def add_charge(shop, provider):
    shop.do(
        "INSERT INTO provider_charge (tenant_id, provider_id, call_id, amount) "
        "SELECT tenant_id, id, :call, 1 FROM provider WHERE id = :id",
        call=uuid.uuid4().hex,
        id=provider,
    )


def test_a_balance_that_its_entries_do_not_add_up_to_is_found(shop, acme):
    shop.do("UPDATE provider SET balance = 5")
    (drift,) = drifts(shop)
    assert (drift.tenant, drift.place, drift.kept, drift.proven) == ("north", "acme", Decimal(5), Decimal(0))
