"""What is used of the limits that bound a call, put into what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cellhub.charging.bounds import Bound
from cellhub.charging.brake import Brake
from cellhub.charging.prices import amount, read_json
from cellhub.charging.situation import Situation
from cellhub.domain.admission import AccountState
from cellhub.domain.fraud import Behaviour
from cellhub.domain.routing import Traffic

Row = dict[str, Any]


def with_usage(situation: Situation, text: str) -> Situation:
    """Read the answer of the usage statement into a situation."""
    for bound, used in read_json(text).items():
        situation = _READERS[Bound(bound)](situation, used)
    return situation


def _sip_user(found: Situation, calls: int) -> Situation:
    return replace(found, sip_user=replace(found.sip_user, calls=calls))


def _house(found: Situation, used: Row) -> Situation:
    return replace(found, house=replace(found.house, **used))


def _accounts(found: Situation, used: list[Row]) -> Situation:
    return replace(found, chain=tuple(_with(found.chain, used, lambda one: one)))


def _spending(found: Situation, used: list[Row]) -> Situation:
    def left(row: Row) -> Row:
        return {name: amount(value) for name, value in row.items()}

    return replace(found, chain=tuple(_with(found.chain, used, left)))


def _with(
    chain: Iterable[AccountState], used: list[Row], read: Callable[[Row], Row]
) -> Iterable[AccountState]:
    rows = {row.pop("account_id"): read(row) for row in used}
    return (replace(account, **rows[account.account_id]) for account in chain)


def _trunks(found: Situation, used: Row) -> Situation:
    channels, calls = used["channels"] or {}, used["calls"] or {}
    traffic = {
        one.id: Traffic(channels.get(one.name, 0), calls.get(one.name, 0)) for one in found.ways.trunks
    }
    return replace(found, ways=replace(found.ways, traffic=traffic))


def _brake(found: Situation, seen: Row | None) -> Situation:
    if seen is None or found.brake is None:
        return replace(found, brake=None)  # the profile was taken away meanwhile
    spent = Decimal(seen["spent_last_hour"])
    behaviour = Behaviour(**{**seen, "number": found.brake.seen.number, "spent_last_hour": spent})
    return replace(found, brake=Brake(found.brake.profile, behaviour))


_READERS: dict[Bound, Callable[[Situation, Any], Situation]] = {
    Bound.SIP_USER: _sip_user,
    Bound.HOUSE: _house,
    Bound.ACCOUNTS: _accounts,
    Bound.SPENDING: _spending,
    Bound.TRUNKS: _trunks,
    Bound.BRAKE: _brake,
}
