"""The end of a call in the books: charged once, or released without a charge."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from cellhub.charging import statements, story
from cellhub.charging.books import Books
from cellhub.domain.rating import cost
from cellhub.domain.routing import Buy
from cellhub.domain.settlement import Payer, in_milliseconds, settle

AGENT = "agent"
ANSWERED = "ANSWERED"
NO_ANSWER = "NO ANSWER"
NO_BUYS: Mapping[str, Buy] = MappingProxyType({})
LONGEST_DELAY = 3_600


@dataclass(frozen=True, slots=True)
class AttemptSeen:
    """One leg as it went.

    ``code`` is None when no channel was made or nothing was answered; ``cause`` is Asterisk's own.
    """

    position: int
    trunk: str
    started_at: dt.datetime
    ended_at: dt.datetime
    code: int | None = None
    answered_at: dt.datetime | None = None
    cause: int | None = None
    rang_at: dt.datetime | None = None

    @property
    def delay(self) -> Decimal | None:
        """Seconds until the trunk rang, answered or refused; None when it did nothing, or nobody knows."""
        refused_at = self.ended_at if self.code is not None else None
        said_at = self.rang_at or self.answered_at or refused_at
        if said_at is None:
            return None
        seconds = in_milliseconds(Decimal(str((said_at - self.started_at).total_seconds())))
        # A clock that was set meanwhile tells nothing.
        return seconds if 0 <= seconds < LONGEST_DELAY else None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended: what its CDR says and the seconds to charge, by whose word.

    0 seconds is a call that was not answered: its holds are given back. ``readings`` are the
    seconds by each source where these contradict each other.
    """

    call_id: str
    seconds: Decimal
    disposition: str
    source: str
    code: int | None = None
    trunk: str = ""
    answered_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    attempts: tuple[AttemptSeen, ...] = ()
    readings: Mapping[str, str] = field(default_factory=dict)


def settle_call(
    books: Books,
    payers: Sequence[Payer],
    ending: Ending,
    buys: Mapping[str, Buy] = NO_BUYS,
    *,
    actor: str = AGENT,
) -> bool:
    """Charge every payer, give the holds back and write the records, in one transaction.

    ``buys`` is what the trunks of the call charge, by name, as the check knew it; ``actor`` whose
    deed the entries of the ledger are. Returns False, with nothing changed, when the call was final already.
    """
    charges = settle(payers, ending.seconds)
    told = story.of_settlement(ending.source, f"{ending.seconds:f}", payers, charges)
    if buy := buys.get(ending.trunk):
        told |= story.of_buy(buy, ending.seconds)
    values = {
        **_facts(ending),
        **_bought(buy, ending),
        **_attempts(ending.attempts),
        "state": "SETTLED" if ending.answered_at else "RELEASED",
        "accounts": [payer.pays_from for payer in payers],
        "costs": [charge.cost for charge in charges],
        "story": json.dumps(told),
        "actor": actor,
    }
    [(moved,)] = books.run(statements.settle(bought=bool(values["buy_cost"])), values)
    return bool(moved)


def _facts(ending: Ending) -> dict[str, Any]:
    return {
        "call_id": ending.call_id,
        "seconds": ending.seconds,
        "disposition": ending.disposition,
        "code": ending.code,
        "trunk": ending.trunk,
        "answered_at": ending.answered_at,
        "ended_at": ending.ended_at,
    }


def _bought(buy: Buy | None, ending: Ending) -> dict[str, Any]:
    """What the provider of the trunk charges; nobody knows where it had no price at the check."""
    if buy is None:
        return {"provider_id": None, "provider": None, "buy_cost": None}
    charged = cost(ending.seconds, buy.price)
    return {"provider_id": buy.provider_id, "provider": buy.provider, "buy_cost": charged}


def _attempts(attempts: Sequence[AttemptSeen]) -> dict[str, list[Any]]:
    """One list a column, as ``unnest`` wants them."""
    return {
        "attempt_starts": [one.started_at for one in attempts],
        "attempt_positions": [one.position for one in attempts],
        "attempt_trunks": [one.trunk for one in attempts],
        "attempt_codes": [one.code for one in attempts],
        "attempt_answers": [one.answered_at for one in attempts],
        "attempt_ends": [one.ended_at for one in attempts],
        "attempt_causes": [one.cause for one in attempts],
        "attempt_delays": [one.delay for one in attempts],
    }


def hold_for_review(books: Books, call_id: str, ended_at: dt.datetime, doubt: Mapping[str, Any]) -> bool:
    """Put a call aside whose sources contradict each other; its holds stay."""
    told = json.dumps({"review": doubt})
    return bool(books.run(statements.REVIEW, {"call_id": call_id, "ended_at": ended_at, "story": told}))
