"""More ways out for the north tenant: trunks, groups of them, and providers with their prices."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fixtures.shop import Shop


def open_trunk(shop: Shop, name: str, **terms: object) -> int:
    """Open a trunk and return its id; ``terms`` are its other columns."""
    row = {"name": name, "host": "127.0.0.1", "tenant_id": shop.company.tenant.id, **terms}
    return insert(shop, "trunk", row)


def open_group(shop: Shop, *names: str, strategy: str = "priority", codes: str = "") -> None:
    """Let the client's SIP user call by a group of these trunks, in their order."""
    tenant = shop.company.tenant.id
    terms = {"name": "carriers", "strategy": strategy, "failover_codes": codes, "tenant_id": tenant}
    group = insert(shop, "trunk_group", terms)
    shop.do(
        "INSERT INTO trunk_group_trunk (tenant_id, group_id, trunk_id, priority) "
        "SELECT t.tenant_id, :group, t.id, place FROM unnest(CAST(:names AS text[])) WITH ORDINALITY "
        "AS wanted (name, place) JOIN trunk t ON t.tenant_id = :tenant AND t.name = wanted.name",
        group=group,
        names=list(names),
        tenant=tenant,
    )
    shop.do("UPDATE sip_user SET trunk_group_id = :group WHERE username = 'north-101'", group=group)


def open_provider(shop: Shop, name: str, rates: Mapping[str, str], **trunk_terms: object) -> int:
    """Open a provider with prices a minute by prefix, counted by the second, and a trunk of its name."""
    tenant = shop.company.tenant.id
    deck = insert(shop, "rate_deck", {"name": f"{name} buys", "tenant_id": tenant, **DECK})
    provider = insert(shop, "provider", {"name": name, "deck_id": deck, "tenant_id": tenant})
    for prefix, price in rates.items():
        row = {"deck_id": deck, "prefix": prefix, "destination": prefix, "rate": price}
        insert(shop, "rate", {**row, "tenant_id": tenant})
    open_trunk(shop, name, provider=name, **trunk_terms)
    return provider


DECK = {"block_rule": "after_initial", "rounding": "half_up"}


def insert(shop: Shop, table: str, row: Mapping[str, object]) -> int:
    """Add a row and return its id."""
    columns, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    shop.do(f"INSERT INTO {table} ({columns}) VALUES ({values})", **row)
    return int(shop.one(f"SELECT max(id) FROM {table}"))
