"""The trunks, and how they stand, as the LOAD statement tells them."""

from __future__ import annotations

from typing import Any

from cellhub.domain.routing import Group, Member, Strategy, Traffic, Trunk, Ways

_OF_THE_TRUNK = Trunk.__slots__


def read_ways(row: dict[str, Any]) -> Ways:
    """Read the section of trunks."""
    trunks = row["trunks"] or []
    return Ways(
        tuple(_trunk(one) for one in trunks),
        {one["id"]: Traffic(one["channels"], one["calls"]) for one in trunks},
    )


def read_group(row: dict[str, Any] | None) -> Group | None:
    """Read the group of the SIP user; None when it has none."""
    if row is None:
        return None
    members = tuple(Member(**one) for one in row["members"] or [])
    return Group(row["name"], members, Strategy(row["strategy"]), row["failover_codes"])


def _trunk(row: dict[str, Any]) -> Trunk:
    return Trunk(**{name: row[name] for name in _OF_THE_TRUNK})
