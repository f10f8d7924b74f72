"""The page of a call shows each reader the payers that are its own, and what corrected their charge."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cellhub.charging.story import ENDED_BY
from cellhub.money.models import EntryKind, LedgerEntry
from cellhub.security.roles import Role
from tests.factories.world import make_cdr

PRICE = {
    "rate": "0.025000",
    "initial_block": 0,
    "billing_block": 1,
    "connect_charge": "0",
    "minimum_seconds": 0,
    "decimals": 6,
    "rounding": "half_up",
    "block_rule": "after_initial",
}
RATE = {"source": "plan", "deck": "A-Z", "prefix": "905", "destination": "Mobile", "price": PRICE}


@pytest.fixture
def call(world):
    """A resold call with its story, its charges and a correction of each."""
    north = world.north
    reseller, client = north.reseller, north.resold
    cdr = make_cdr(north.resold_sip_user, client, north.trunk, ("0.050000", "0.062500"))
    paid = {reseller.id: "0.050000", client.id: "0.062500"}
    cdr.story = {
        "rates": [{**RATE, "chosen": True, "reason": ""}],
        "prices": [{"account_id": client.id, "margin": "0.250000", "rates": []}],
        "admission": {"slice_seconds": 60, "last": False, "payers": [held(*one) for one in paid.items()]},
        "settlement": {"source": "it", "seconds": "120", "payers": [charged(*one) for one in paid.items()]},
    }
    world.session.add(cdr)
    for number, (kind, amount) in enumerate([(EntryKind.CALL, "-0.05"), (EntryKind.ADJUSTMENT, "0.01")]):
        reason = f"adjust:{cdr.call_id}:{number}" if number else f"call:{cdr.call_id}"
        for account in (reseller, client):
            world.session.add(entry(account, kind, reason, Decimal(amount)))
    world.session.flush()
    return cdr


def held(account_id, amount):
    return {"account_id": account_id, "held": amount, "steps": [], "price": PRICE}


def charged(account_id, amount):
    step = {"label": "Cost", "text": "rounded", "amount": amount}
    return {"account_id": account_id, "cost": amount, "steps": [step]}


def entry(account, kind, reason, amount):
    return LedgerEntry(
        tenant_id=account.tenant_id,
        account_id=account.id,
        kind=kind,
        reason=reason,
        amount=amount,
        balance_after=Decimal(50) + amount,
        note="late evidence",
        actor="test",
    )


def tables(page):
    """The head of the price table, and the accounts of the holds and of the ledger."""
    price, holds, ledger = (
        page.html.find("div", attrs={"role": "region", "aria-label": label})
        for label in ("Price", "Holds", "Ledger")
    )
    rows = [one.select("tbody tr") for one in (holds, ledger)]
    names = [[" ".join(row.find("td").get_text().split()) for row in some] for some in rows]
    return [cell.get_text(strip=True) for cell in price.select("thead th")], *names


def test_staff_see_all_payers_and_the_rates(portal, call, world):
    page = portal(Role.ADMIN).get(f"/cdr/{call.call_id}")
    reseller, client = world.north.reseller.name, world.north.resold.name
    assert tables(page) == (
        ["Step", f"{reseller} pays", f"{client} pays"],
        [reseller, client],
        [reseller, f"{reseller}, late evidence", client, f"{client}, late evidence"],
    )
    assert "Rate: prefix 905 wins" in page


def test_a_reseller_who_buys_from_us_sees_the_rates_it_pays_by(portal, call):
    assert "Rate: prefix 905 wins" in portal(Role.RESELLER).get(f"/cdr/{call.call_id}")


def test_a_call_that_an_update_has_ended_says_so(portal, call, world):
    north, sentence = world.north, "until an update of the softswitch ended the call"
    ended = make_cdr(north.resold_sip_user, north.resold, north.trunk, ("0.050000", "0.062500"))
    ended.story = {ENDED_BY: "Update cell/to-1.5.0/5c1e"}
    world.session.add(ended)
    world.session.flush()
    pages = [portal(Role.RESELLER).get(f"/cdr/{one.call_id}") for one in (call, ended)]
    assert [sentence in page for page in pages] == [False, True]
