"""What a verdict is based on, as read in one round trip."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cellhub.charging.barriers import Barriers, read_barriers
from cellhub.charging.brake import Brake, read_brake
from cellhub.charging.clock import read_clock, read_window
from cellhub.charging.prices import price_of, read_json
from cellhub.charging.ways import read_group, read_ways
from cellhub.domain.admission import AccountState, House, Purse
from cellhub.domain.callerid import CallerIdRule
from cellhub.domain.pricing import FREE, Payee
from cellhub.domain.rating import Price
from cellhub.domain.routing import Group, Trunk, Ways
from cellhub.domain.schedule import ALWAYS, Now, Window
from cellhub.domain.selection import NAMES, Candidate, RateSource

AMOUNTS = ("balance", "held", "credit_limit", "margin", "spend_cap")
"""What is money of an account."""


@dataclass(frozen=True, slots=True)
class SipUser:
    """Who calls: the endpoint that Asterisk has authenticated."""

    id: int
    account_id: int
    username: str
    enabled: bool
    caller_id: str
    strip: str
    add: str
    trunk_id: int | None
    max_calls: int
    own_deck: bool
    caller_id_rule: CallerIdRule
    caller_numbers: list[str]
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Situation:
    """The caller, those who pay from the top down, and the rates and trunks that may serve.

    What is used of a limit is 0 until it has been counted (:func:`cellhub.charging.usage.with_usage`).
    """

    sip_user: SipUser
    house: House
    emergency_numbers: tuple[str, ...]
    chain: tuple[AccountState, ...]
    barriers: Barriers
    brake: Brake | None
    decks: tuple[Candidate, ...]
    payees: tuple[Payee, ...]
    now: Now
    ways: Ways
    group: Group | None
    allow_loss: bool
    first_slice: int

    @property
    def lineage(self) -> list[int]:
        """The ids of the payer chain."""
        return [account.account_id for account in self.chain]

    def trunk(self, name: str) -> Trunk:
        """The trunk of a name, which must be one of the tenant's."""
        return next(one for one in self.ways.trunks if one.name == name)


def read_situation(text: str, number: str = "") -> Situation | None:
    """Read the answer of the LOAD statement to a call of ``number``; None when there is no such SIP user."""
    row = read_json(text)
    if row["sip_user"] is None:
        return None
    tenant = row["tenant"]
    now = read_clock(tenant)
    chain = tuple(_account(account) for account in row["chain"])
    return Situation(
        sip_user=_sip_user(row["sip_user"]),
        house=House(**tenant["house"]),
        emergency_numbers=tuple(tenant["emergency_numbers"]),
        chain=chain,
        barriers=read_barriers(row),
        brake=read_brake(row["brake"], number),
        decks=tuple(_candidate(rate) for rate in row["rates"] or [] if rate["account_id"] is None),
        payees=tuple(_payee(account, row) for account in chain),
        now=now,
        ways=read_ways(row, now),
        group=read_group(row["trunk_group"]),
        allow_loss=bool(row["allow_loss"]),
        first_slice=tenant["first_slice"],
    )


def _sip_user(row: dict[str, Any]) -> SipUser:
    return SipUser(**{**row, "caller_id_rule": CallerIdRule(row["caller_id_rule"])})


def _account(row: dict[str, Any]) -> AccountState:
    amounts = {name: Decimal(row[name]) for name in AMOUNTS}
    purse = row["purse"] and Purse(**row["purse"] | _expiry(row["purse"]))
    return AccountState(**{**row, **amounts, **_expiry(row), "purse": purse})


def _expiry(row: dict[str, Any]) -> dict[str, dt.datetime | None]:
    return {"expires_at": row["expires_at"] and dt.datetime.fromisoformat(row["expires_at"])}


def _payee(account: AccountState, row: dict[str, Any]) -> Payee:
    def own(section: str) -> Iterator[dict[str, Any]]:
        return (one for one in row[section] or [] if one["account_id"] == account.account_id)

    return Payee(
        account.account_id,
        own=(*map(_offer, own("offers")), *map(_custom, own("custom_rates"))),
        sells=tuple(map(_candidate, own("rates"))),
        margin=account.margin,
    )


def _offer(row: dict[str, Any]) -> Candidate:
    days = Window(dt.datetime.fromisoformat(row["starts_at"]), dt.datetime.fromisoformat(row["expires_at"]))
    return _own(RateSource.OFFER, row, FREE, days)


def _custom(row: dict[str, Any]) -> Candidate:
    return _own(RateSource.CUSTOM, row, price_of(row), ALWAYS)


def _own(source: RateSource, row: dict[str, Any], price: Price, window: Window) -> Candidate:
    place = (source, None, NAMES[source], 0, row["rate_id"])
    return Candidate(*place, row["prefix"], row["destination"], price, window=window)


def _candidate(row: dict[str, Any]) -> Candidate:
    return Candidate(
        source=RateSource(row["source"]),
        deck_id=row["deck_id"],
        deck_name=row["deck_name"],
        deck_order=row["deck_order"],
        rate_id=row["rate_id"],
        prefix=row["prefix"],
        destination=row["destination"],
        price=price_of(row),
        trunk_id=row["trunk_id"],
        window=read_window(row["window"]),
    )
