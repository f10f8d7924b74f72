"""What a verdict is based on, as read in one round trip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cellhub.charging.prices import price_of, read_json
from cellhub.domain.admission import AccountState
from cellhub.domain.routing import Trunk
from cellhub.domain.selection import Candidate, RateSource


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
    calls: int


@dataclass(frozen=True, slots=True)
class Situation:
    """The caller, those who pay from the top down, and the rates and trunks that may serve."""

    sip_user: SipUser
    chain: tuple[AccountState, ...]
    rates: tuple[Candidate, ...]
    trunks: tuple[Trunk, ...]
    channels: Mapping[int, int]
    first_slice: int

    @property
    def lineage(self) -> list[int]:
        """The ids of the payer chain."""
        return [account.account_id for account in self.chain]

    def cap_of(self, trunk: str) -> int:
        """How many calls a trunk carries at most; 0 is no cap."""
        return next(one.max_channels for one in self.trunks if one.name == trunk)


def read_situation(text: str) -> Situation | None:
    """Read the answer of the LOAD statement; None when there is no such SIP user."""
    row = read_json(text)
    if row["sip_user"] is None:
        return None
    trunks = row["trunks"] or []
    return Situation(
        sip_user=SipUser(**row["sip_user"]),
        chain=tuple(_account(account) for account in row["chain"]),
        rates=tuple(_candidate(rate) for rate in row["rates"] or []),
        trunks=tuple(_trunk(trunk) for trunk in trunks),
        channels={trunk["id"]: trunk["channels"] for trunk in trunks},
        first_slice=row["first_slice"],
    )


def _account(row: dict[str, Any]) -> AccountState:
    amounts = {name: Decimal(row[name]) for name in ("balance", "held", "credit_limit", "margin")}
    return AccountState(**{**row, **amounts})


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
    )


def _trunk(row: dict[str, Any]) -> Trunk:
    return Trunk(**{name: value for name, value in row.items() if name != "channels"})
