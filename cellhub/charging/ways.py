"""The trunks, how they stand and what they cost, as the LOAD statement tells them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cellhub.charging.clock import read_window
from cellhub.charging.prices import as_json, price_of
from cellhub.domain.routing import Attempt, Buy, Group, Member, Strategy, Trunk, Ways
from cellhub.domain.schedule import Now

Row = dict[str, Any]

_OF_THE_TRUNK = Trunk.__slots__


def read_ways(row: Row, now: Now) -> Ways:
    """Read the sections of trunks and of buy prices."""
    trunks = row["trunks"] or []
    buys = _by_provider(row["buys"] or [], now)
    return Ways(
        tuple(_trunk(one) for one in trunks),
        buys={one["id"]: buys[one["provider"]] for one in trunks if one["provider"] in buys},
    )


def read_group(row: Row | None) -> Group | None:
    """Read the group of the SIP user; None when it has none."""
    if row is None:
        return None
    members = tuple(Member(**one) for one in row["members"] or [])
    return Group(row["name"], members, Strategy(row["strategy"]), row["failover_codes"])


def buys_as_json(attempts: Iterable[Attempt]) -> Row:
    """Write what each trunk of a call would charge, by its name; one whose price nobody knows is left out."""
    return {one.trunk: _written(one.buy) for one in attempts if one.buy}


def read_buys(row: Row) -> dict[str, Buy]:
    """Read what :func:`buys_as_json` wrote."""
    return {trunk: _buy(one, one["price"]) for trunk, one in row.items()}


def _by_provider(rates: Iterable[Row], now: Now) -> dict[str, Buy]:
    """The price that holds now of each provider: its longest prefix, then its narrowest window."""
    found: dict[str, tuple[tuple[Any, ...], Buy]] = {}
    for rate in rates:
        window = read_window(rate["window"])
        if window.why_closed(now):
            continue
        rank = (-len(rate["prefix"]), window.rank, rate["rate_id"])
        if rate["provider"] not in found or rank < found[rate["provider"]][0]:
            found[rate["provider"]] = rank, _buy(rate, rate)
    return {provider: buy for provider, (_, buy) in found.items()}


def _buy(row: Row, price: Row) -> Buy:
    return Buy(row["provider_id"], row["provider"], row["prefix"], price_of(price))


def _written(buy: Buy) -> Row:
    place = {"provider_id": buy.provider_id, "provider": buy.provider, "prefix": buy.prefix}
    return place | {"price": as_json(buy.price)}


def _trunk(row: Row) -> Trunk:
    return Trunk(**{name: row[name] for name in _OF_THE_TRUNK})
