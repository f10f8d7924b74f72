"""Which rate prices a call: the first source that knows the number, its longest prefix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cellhub.domain.rating import Price


class RateSource(StrEnum):
    """Where a rate comes from; an earlier member wins over every later one.

    A SIP user's own deck stands in the place of the plan, even where it knows no prefix.
    """

    OFFER = "offer"
    CUSTOM = "custom"
    SIP_USER = "sip_user"
    PLAN = "plan"
    DEFAULT = "default"


NAMES = {
    RateSource.OFFER: "offers",
    RateSource.CUSTOM: "custom rates",
    RateSource.SIP_USER: "SIP user's deck",
    RateSource.PLAN: "plan",
    RateSource.DEFAULT: "default deck",
}

_PRIORITY = {source: place for place, source in enumerate(RateSource)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rate that might price the call; ``deck_order`` is its deck's place in the plan."""

    source: RateSource
    deck_id: int | None
    deck_name: str
    deck_order: int
    rate_id: int
    prefix: str
    destination: str
    price: Price
    trunk_id: int | None = None


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


def choose(number: str, candidates: Sequence[Candidate]) -> Choice:
    """Choose by source, then the longest prefix, then the deck's order in the plan."""
    replaced = _replaced(candidates)
    running = [one for one in candidates if one.source not in replaced and number.startswith(one.prefix)]
    winner = min(running, key=_rank, default=None)
    others = sorted((one for one in candidates if one is not winner), key=_rank)
    return Choice(winner, tuple(Loser(one, _reason(one, winner, number, replaced)) for one in others))


def _replaced(candidates: Iterable[Candidate]) -> frozenset[RateSource]:
    own = any(one.source is RateSource.SIP_USER for one in candidates)
    return frozenset({RateSource.PLAN}) if own else frozenset()


def _rank(one: Candidate) -> tuple[int, int, int, int, int]:
    return (_PRIORITY[one.source], -len(one.prefix), one.deck_order, one.deck_id or 0, one.rate_id)


def _reason(loser: Candidate, winner: Candidate | None, number: str, replaced: frozenset[RateSource]) -> str:
    if not number.startswith(loser.prefix):
        return f"{number} does not begin with it"
    if loser.source in replaced:
        return "the SIP user's own deck stands in for the plan"
    if winner is None or loser.source is not winner.source:
        return f"{NAMES[loser.source]} not reached"
    if len(loser.prefix) < len(winner.prefix):
        return f"shorter than {winner.prefix}"
    return f"{winner.deck_name} comes first"
