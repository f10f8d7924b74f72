"""The lists of callers and the restricted numbers that concern a call, as the LOAD statement tells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cellhub.domain.callerid import CallerList, ListKind


@dataclass(frozen=True, slots=True)
class Barriers:
    """What may keep a call from its number.

    Of the restricted prefixes only those of the number: ``own`` of the SIP user, ``everywhere`` of
    the tenant. With ``allow_list`` its own are the only ones that it may call.
    """

    callers: tuple[CallerList, ...] = ()
    own: tuple[str, ...] = ()
    everywhere: tuple[str, ...] = ()
    allow_list: bool = False


def read_barriers(row: dict[str, Any]) -> Barriers:
    """Read the sections of callers and of restricted numbers."""
    restricted = row["restricted"]
    return Barriers(
        tuple(CallerList(ListKind(one["kind"]), one["listed"]) for one in row["callers"] or []),
        own=tuple(restricted["own"] or []),
        everywhere=tuple(restricted["everywhere"] or []),
        allow_list=restricted["allow_list"],
    )
