"""What the tests of pricing calls again share."""

from __future__ import annotations

import pytest

RICH = "10000"


@pytest.fixture
def market(shop):
    """The shop with money for all, and nothing recorded yet but what a test does."""
    for account in (shop.company.client, shop.company.reseller, shop.company.resold):
        shop.give(account.id, RICH)
    return shop


@pytest.fixture
def sessions(market):
    """Transactions in the scope of the market's tenant."""
    return market.session


@pytest.fixture
def deck(market):
    """A second deck, in which the calls of the tests cost more; its id."""
    tenant = market.company.tenant.id
    market.do(
        "INSERT INTO rate_deck (tenant_id, name, block_rule, rounding) "
        "VALUES (:tenant, 'corrected', 'after_initial', 'half_up')",
        tenant=tenant,
    )
    deck_id = market.one("SELECT id FROM rate_deck WHERE name = 'corrected'")
    market.do(
        "INSERT INTO rate (tenant_id, deck_id, prefix, destination, rate, initial_block, billing_block) "
        "VALUES (:tenant, :deck, '905', 'Mobile', 0.048, 60, 60)",
        tenant=tenant,
        deck=deck_id,
    )
    return deck_id
