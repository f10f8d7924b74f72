"""The life of a call in states, the slices that it pays, and its final charge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from cellhub.domain.money import ZERO
from cellhub.domain.rating import Price, Step, cost, steps

SLICES = (60, 120, 300)
GRACE_SECONDS = 2
TOLERANCE_SECONDS = 2
MILLISECOND = Decimal("0.001")

LAST_SEEN, BOUND = "last seen", "bound"
"""Whose word the seconds of a call are that left no evidence: what was seen of it, or its deadline."""


class CallState(StrEnum):
    """Where a call stands."""

    AUTHORISED = "AUTHORISED"
    ANSWERED = "ANSWERED"
    EXTENDED = "EXTENDED"
    ENDED = "ENDED"
    SETTLED = "SETTLED"
    RELEASED = "RELEASED"
    ORPHAN = "ORPHAN"
    REVIEW = "REVIEW"


class CallEvent(StrEnum):
    """What happens to a call."""

    ANSWER = "answer"
    EXTEND = "extend"
    END = "end"
    SETTLE = "settle"
    RELEASE = "release"
    LOSE = "lose"
    DISAGREE = "disagree"


LEADS_TO = {
    CallEvent.ANSWER: CallState.ANSWERED,
    CallEvent.EXTEND: CallState.EXTENDED,
    CallEvent.END: CallState.ENDED,
    CallEvent.SETTLE: CallState.SETTLED,
    CallEvent.RELEASE: CallState.RELEASED,
    CallEvent.LOSE: CallState.ORPHAN,
    CallEvent.DISAGREE: CallState.REVIEW,
}

_S = CallState
# AUTHORISED to ENDED: the report of a hang-up may overtake that of the answer. ORPHAN to
# ANSWERED or EXTENDED: the pod came back and still lists the channel.
TRANSITIONS: dict[CallState, frozenset[CallState]] = {
    _S.AUTHORISED: frozenset({_S.ANSWERED, _S.ENDED, _S.RELEASED, _S.ORPHAN}),
    _S.ANSWERED: frozenset({_S.EXTENDED, _S.ENDED, _S.ORPHAN}),
    _S.EXTENDED: frozenset({_S.ANSWERED, _S.EXTENDED, _S.ENDED, _S.ORPHAN}),
    _S.ENDED: frozenset({_S.SETTLED, _S.REVIEW}),
    _S.ORPHAN: frozenset({_S.ANSWERED, _S.EXTENDED, _S.ENDED, _S.SETTLED, _S.RELEASED, _S.REVIEW}),
    _S.REVIEW: frozenset({_S.SETTLED}),
    _S.SETTLED: frozenset(),
    _S.RELEASED: frozenset(),
}

FINAL = frozenset(state for state, targets in TRANSITIONS.items() if not targets)


@dataclass(frozen=True, slots=True)
class Payer:
    """An account that a call debits, by the price of the check, and what it has on hold.

    Where it shares the balance of its group, the money is that of the purse.
    """

    account_id: int
    price: Price
    hold: Decimal = ZERO
    purse_id: int | None = None

    @property
    def pays_from(self) -> int:
        """The account whose money it is."""
        return self.purse_id or self.account_id


@dataclass(frozen=True, slots=True)
class Charge:
    """What settlement takes from a payer and the hold that it gives back."""

    account_id: int
    cost: Decimal
    release: Decimal
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The seconds to charge; ``review`` when the sources contradict each other."""

    seconds: Decimal
    review: bool


def can_move(state: CallState, to: CallState) -> bool:
    """Say whether a call in one state may enter another."""
    return to in TRANSITIONS[state]


def after(state: CallState, event: CallEvent) -> CallState:
    """Give the state after an event; one that does not fit, or came before, changes nothing."""
    target = LEADS_TO[event]
    return target if can_move(state, target) else state


def settle(payers: Sequence[Payer], seconds: Decimal) -> tuple[Charge, ...]:
    """Charge every payer the real seconds by its own price and give back its whole hold."""
    return tuple(
        Charge(payer.account_id, cost(seconds, payer.price), payer.hold, steps(seconds, payer.price))
        for payer in payers
    )


def seconds_to_charge(sources: Sequence[Decimal], paid_seconds: int, grace: int = GRACE_SECONDS) -> Reading:
    """Choose the seconds from what was seen, most trusted first, never beyond the deadline.

    With nothing seen the call is charged up to the bound: its deadline. What is charged is what the
    record shows, so seconds are whole milliseconds.
    """
    bound = Decimal(deadline_after(paid_seconds, grace))
    if not sources:
        return Reading(bound, review=False)
    differ = max(sources) - min(sources) > TOLERANCE_SECONDS
    return Reading(min(max(in_milliseconds(sources[0]), ZERO), bound), review=differ)


def in_milliseconds(seconds: Decimal) -> Decimal:
    """Round seconds as they are charged and shown, half up."""
    return seconds.quantize(MILLISECOND, ROUND_HALF_UP)


def next_slice(n: int) -> int:
    """Give the seconds of the n-th slice, 0 being the one of the check: they grow, then stay."""
    return SLICES[min(n, len(SLICES) - 1)]


def extend_at(paid_seconds: int, slice_seconds: int) -> Decimal:
    """Say at which second since the answer to extend: half-way through the last slice."""
    return paid_seconds - Decimal(slice_seconds) / 2


def deadline_after(paid_seconds: int, grace: int = GRACE_SECONDS) -> int:
    """Say at which second since the answer a call ends by itself."""
    return paid_seconds + grace
