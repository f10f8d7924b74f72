"""The story of a call: why it was priced, carried or refused as it was, for its page.

Amounts are strings. It tells what every payer of the chain pays, so a page shows a
reader only the payers that are the reader's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cellhub.charging.prices import as_json, steps_as_json
from cellhub.charging.situation import SipUser
from cellhub.domain.admission import AccountState, Admission, House
from cellhub.domain.countries import calling_code
from cellhub.domain.failover import failover_codes
from cellhub.domain.fraud import Alarm
from cellhub.domain.money import written
from cellhub.domain.pricing import Quote, Quotes
from cellhub.domain.rating import cost, steps
from cellhub.domain.routing import Buy, Group, TrunkOrder
from cellhub.domain.selection import Candidate, Choice
from cellhub.domain.settlement import Charge, Payer

Story = dict[str, Any]
ENDED_BY = "ended_by"
"""Under it stands who ended a running call: an update that could not wait any longer."""


def of_number(dialled: str, sip_user: SipUser, number: str) -> Story:
    """Tell how the dialled text became a number, and the code of its country."""
    told = {"dialled": dialled, "strip": sip_user.strip, "add": sip_user.add, "number": number}
    return {"number": told, "country": calling_code(number)}


def of_alarm(alarm: Alarm) -> Story:
    """Tell which rule of the brake on fraud was broken, and what it does."""
    return {"alarm": {"rule": alarm.rule, "reason": alarm.reason, "action": alarm.action.value}}


def of_emergency() -> Story:
    """Tell that the number passes whatever stands against the call."""
    return {"emergency": True}


def of_prices(quotes: Quotes) -> Story:
    """Tell which rate won and why each other one did not, and so for each payer below the top."""
    first, *below = quotes.payers
    return {"rates": _rates(first.choice), "prices": [_quote(one) for one in below]}


def _quote(quote: Quote) -> Story:
    margin = None if quote.margin is None else written(quote.margin)
    return {"account_id": quote.account_id, "margin": margin, "rates": _rates(quote.choice)}


def _rates(choice: Choice) -> list[Story]:
    won = [_rate(choice.winner, "")] if choice.winner else []
    return [*won, *(_rate(loser.candidate, loser.reason) for loser in choice.losers)]


def _rate(rate: Candidate, reason: str) -> Story:
    place = {"source": rate.source.value, "deck": rate.deck_name, "prefix": rate.prefix}
    return place | {
        "destination": rate.destination,
        "price": as_json(rate.price),
        "chosen": not reason,
        "reason": reason,
    }


def of_trunks(order: TrunkOrder) -> Story:
    """Tell the order of the trunks and why others were left out."""
    attempts = [
        {
            "trunk": one.trunk,
            "number": one.number,
            "caller_id": one.caller_id,
            "ring_seconds": one.ring_seconds,
            "buy": _buy(one.buy) if one.buy else None,
        }
        for one in order.attempts
    ]
    skips = [{"trunk": skip.trunk, "reason": skip.reason} for skip in order.skips]
    told = {"source": order.source.value, "attempts": attempts, "skips": skips}
    return {"trunks": told | ({"group": _group(order.group)} if order.group else {})}


def _buy(buy: Buy) -> Story:
    return {"provider": buy.provider, "prefix": buy.prefix, "price": as_json(buy.price)}


def _group(group: Group) -> Story:
    return {
        "name": group.name,
        "strategy": group.strategy.value,
        "failover_codes": ",".join(failover_codes(group.failover_codes)),
    }


def of_admission(admission: Admission) -> Story:
    """Tell what each payer pays and holds for the first slice."""
    seconds = admission.slice_seconds
    payers = [
        {
            "account_id": payer.account_id,
            "price": as_json(payer.price),
            "held": f"{payer.hold:f}",
            "steps": steps_as_json(steps(seconds, payer.price)),
        }
        for payer in admission.payers
    ]
    return {"admission": {"slice_seconds": seconds, "last": admission.last, "payers": payers}}


def of_limits(sip_user: SipUser, chain: Sequence[AccountState], house: House) -> Story:
    """Tell the money and the limits that the check found: of the SIP user, each payer, the tenant.

    What is 0 or empty is left out, since a limit of 0 is none; not so what is left of one.
    """
    caller = {"username": sip_user.username, "calls": sip_user.calls, "max_calls": sip_user.max_calls}
    accounts = [_told(one) | {"available": f"{one.available:f}"} for one in chain]
    limits = {"sip_user": _set(caller), "accounts": accounts}
    tenant = _told(house)
    return {"limits": limits | ({"tenant": tenant} if tenant else {})}


def _told(one: AccountState | House) -> Story:
    return _set({name: getattr(one, name) for name in type(one).__slots__ if name != "purse"})


def _set(values: Story) -> Story:
    return {name: _plain(value) for name, value in values.items() if value or _counts(name, value)}


def _counts(name: str, value: Any) -> bool:
    return value is not None and name in ("balance", "spend_left", "quota_left")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value if isinstance(value, bool | int) else str(value)


def of_refusal(verdict: str, reason: str) -> Story:
    """Tell why the call was refused."""
    return {"refusal": {"verdict": verdict, "reason": reason}}


def of_settlement(source: str, seconds: str, payers: Sequence[Payer], charges: Sequence[Charge]) -> Story:
    """Tell by whose word the seconds were charged, and the arithmetic of each payer."""
    told = [
        {"account_id": charge.account_id, "cost": f"{charge.cost:f}", "steps": steps_as_json(charge.steps)}
        for _, charge in zip(payers, charges, strict=True)
    ]
    return {"settlement": {"source": source, "seconds": seconds, "payers": told}}


def of_buy(buy: Buy, seconds: Decimal) -> Story:
    """Tell what the provider of the trunk charges, and its arithmetic."""
    lines = steps_as_json(steps(seconds, buy.price))
    return {"bought": _buy(buy) | {"cost": f"{cost(seconds, buy.price):f}", "steps": lines}}
