"""What a verdict is based on, as read in one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cellhub.charging.prices import price_of, read_json
from cellhub.charging.ways import read_group, read_ways
from cellhub.domain.admission import AccountState
from cellhub.domain.callerid import CallerIdRule
from cellhub.domain.routing import Group, Trunk, Ways
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
    caller_id_rule: CallerIdRule
    caller_numbers: list[str]


@dataclass(frozen=True, slots=True)
class Situation:
    """The caller, those who pay from the top down, and the rates and trunks that may serve."""

    sip_user: SipUser
    chain: tuple[AccountState, ...]
    rates: tuple[Candidate, ...]
    ways: Ways
    group: Group | None
    first_slice: int

    @property
    def lineage(self) -> list[int]:
        """The ids of the payer chain."""
        return [account.account_id for account in self.chain]

    def trunk(self, name: str) -> Trunk:
        """The trunk of a name, which must be one of the tenant's."""
        return next(one for one in self.ways.trunks if one.name == name)


def read_situation(text: str) -> Situation | None:
    """Read the answer of the LOAD statement; None when there is no such SIP user."""
    row = read_json(text)
    if row["sip_user"] is None:
        return None
    return Situation(
        sip_user=_sip_user(row["sip_user"]),
        chain=tuple(_account(account) for account in row["chain"]),
        rates=tuple(_candidate(rate) for rate in row["rates"] or []),
        ways=read_ways(row),
        group=read_group(row["trunk_group"]),
        first_slice=row["first_slice"],
    )


def _sip_user(row: dict[str, Any]) -> SipUser:
    return SipUser(**{**row, "caller_id_rule": CallerIdRule(row["caller_id_rule"])})


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
