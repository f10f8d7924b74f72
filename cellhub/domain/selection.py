"""Which rate prices a call: the first source that knows the number, its longest prefix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cellhub.domain.rating import Price
from cellhub.domain.schedule import ALWAYS, Now, Window


class RateSource(StrEnum):
    """Where a rate comes from; an earlier member wins over every later one.

    ``RESELLER`` is the deck by which a reseller sells to those directly below it. A SIP user's
    own deck stands in the place of the plan, even where it knows no prefix.
    """

    OFFER = "offer"
    CUSTOM = "custom"
    RESELLER = "reseller"
    SIP_USER = "sip_user"
    PLAN = "plan"
    DEFAULT = "default"


NAMES = {
    RateSource.OFFER: "offers",
    RateSource.CUSTOM: "custom rates",
    RateSource.RESELLER: "reseller's deck",
    RateSource.SIP_USER: "SIP user's deck",
    RateSource.PLAN: "plan",
    RateSource.DEFAULT: "default deck",
}

_PRIORITY = {source: place for place, source in enumerate(RateSource)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rate that might price the call; ``deck_order`` is its deck's place in the plan.

    Of an offer ``rate_id`` is the offer's own id, and its price is nothing.
    """

    source: RateSource
    deck_id: int | None
    deck_name: str
    deck_order: int
    rate_id: int
    prefix: str
    destination: str
    price: Price
    trunk_id: int | None = None
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True)
class Loser:
    """A rate that did not price the call, and why."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The rate of a call, if any, and every other one with its reason."""

    winner: Candidate | None
    losers: tuple[Loser, ...]


def choose(number: str, candidates: Iterable[Candidate], now: Now, *, own_deck: bool = False) -> Choice:
    """Choose by source, the longest prefix, the deck's order in the plan, and the narrower window.

    ``own_deck`` says that the SIP user has a deck of its own, whatever is in it.
    """
    judged = [(one, _why_out(one, number, now, own_deck=own_deck)) for one in candidates]
    winner = min((one for one, out in judged if not out), key=_rank, default=None)
    others = sorted((pair for pair in judged if pair[0] is not winner), key=lambda pair: _rank(pair[0]))
    return Choice(winner, tuple(Loser(one, out or _why_beaten(one, winner)) for one, out in others))


def _rank(one: Candidate) -> tuple[int, int, int, int, tuple[int, float], int]:
    place = (_PRIORITY[one.source], -len(one.prefix), one.deck_order, one.deck_id or 0)
    return (*place, one.window.rank, one.rate_id)


def _why_out(one: Candidate, number: str, now: Now, *, own_deck: bool) -> str:
    """Say why a rate cannot price the call at all; nothing when it can."""
    if not number.startswith(one.prefix):
        return f"{number} does not begin with it"
    if own_deck and one.source is RateSource.PLAN:
        return "the SIP user's own deck stands in for the plan"
    return one.window.why_closed(now)


def _why_beaten(loser: Candidate, winner: Candidate | None) -> str:
    if winner is None or loser.source is not winner.source:
        return f"{NAMES[loser.source]} not reached"
    if len(loser.prefix) < len(winner.prefix):
        return f"shorter than {winner.prefix}"
    if loser.deck_id == winner.deck_id:
        return "a rate for fewer hours, or of a later date, holds now"
    return f"{winner.deck_name} comes first"
