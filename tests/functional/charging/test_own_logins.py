"""Each tenant's agents charge by their own login, and with it nothing of another tenant's calls moves."""

from __future__ import annotations

from contextlib import suppress

import psycopg2
import pytest

from cellhub.charging import statements
from cellhub.charging.books import Books, UnknownTenant
from cellhub.charging.checking import Checker
from cellhub.charging.connections import Connections
from cellhub.charging.moving import take_place
from cellhub.charging.settling import hold_for_review, settle_call
from cellhub.charging.verdicts import Granted, Refused
from cellhub.models import Base
from tests.fixtures.shop import AGENT, BEGAN, NUMBER, POD, TRUNK, answer, talked

OWNED = [table for table in Base.metadata.sorted_tables if "tenant_id" in table.columns]


@pytest.fixture
def theirs(shop):
    """A call of the other tenant that its own agent let pass and saw answered."""
    request = shop.request("south-101", NUMBER)
    granted = Checker(shop.neighbours, POD).check(request)
    assert isinstance(granted, Granted)
    assert answer(shop.neighbours, granted)
    return granted


@pytest.fixture
def intruder(shop, own_database):
    """Books that our login opens and that claim to be the other tenant's."""
    connections = Connections(own_database.url(AGENT), application="tests-intruder", size=1)
    books = Books(connections, "south")
    vars(books)["tenant_id"] = shop.neighbours.tenant_id
    yield books
    connections.close()


def everything_of(shop, tenant_id):
    """All rows of a tenant, table by table."""
    return {
        table.name: sorted(
            map(repr, shop.rows(f"SELECT * FROM {table.name} WHERE tenant_id = :id", id=tenant_id))
        )
        for table in OWNED
    }


def test_two_tenants_agents_both_charge(shop, theirs):
    ours = shop.answered()
    for books, granted in ((shop.books, ours), (shop.neighbours, theirs)):
        assert settle_call(books, granted.payers, talked(granted, "61.4"))
    charged = shop.rows("SELECT tenant_id, sum(cost) FROM call_payer GROUP BY 1 ORDER BY 1")
    tenants = sorted([shop.books.tenant_id, shop.neighbours.tenant_id])
    assert [tenant for tenant, _ in charged] == tenants
    assert all(cost > 0 for _, cost in charged)


def test_the_slug_of_another_tenant_opens_nothing(shop, own_database):
    connections = Connections(own_database.url(AGENT), application="tests-intruder", size=1)
    with pytest.raises(UnknownTenant):
        assert Books(connections, "south").tenant_id
    connections.close()


def forged_slice(call):
    """The next slice of a call, as its own agent would hold it."""
    return {
        "call_id": call.request.call_id,
        "step": 1,
        "accounts": [payer.pays_from for payer in call.payers],
        "holds": [payer.hold * 2 for payer in call.payers],
        "paid_seconds": 120,
        "last_slice": False,
        "grace": 0,
    }


DEEDS = {
    "check": lambda books, call, request: Checker(books, POD).check(request),
    "answer": lambda books, call, _: answer(books, call),
    "extend": lambda books, call, _: books.run(statements.EXTEND, forged_slice(call))[0][0],
    "move": lambda books, call, _: take_place(books, call.request.call_id, TRUNK),
    "settle": lambda books, call, _: settle_call(books, call.payers, talked(call, "61.4")),
    "review": lambda books, call, _: hold_for_review(books, call.request.call_id, BEGAN, {"why": "forged"}),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_no_deed_reaches_another_tenants_call(shop, theirs, intruder, deed):
    before = everything_of(shop, shop.neighbours.tenant_id)
    assert before["call"]
    with suppress(psycopg2.errors.InsufficientPrivilege):
        done = DEEDS[deed](intruder, theirs, shop.request("south-101", NUMBER))
        assert not done or isinstance(done, Refused)
    assert everything_of(shop, shop.neighbours.tenant_id) == before
