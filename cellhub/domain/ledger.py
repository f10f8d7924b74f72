"""How the ledger names what it books for calls; a reason is unique for an account."""

from __future__ import annotations

CALL, ADJUSTMENT = "call:", "adjust:"
MOST_ADJUSTMENTS = 20
"""Corrections of one call; each is numbered, so that no two can be booked for the same state."""


def call_reason(call_id: str) -> str:
    """Name the charge of a call."""
    return f"{CALL}{call_id}"


def adjustment_reason(call_id: str, number: int) -> str:
    """Name the so-many-th correction of a call's charge, the first being 1."""
    return f"{ADJUSTMENT}{call_id}:{number}"


def reasons_of(call_id: str) -> list[str]:
    """Every reason under which the money of a call may be booked."""
    numbers = range(1, MOST_ADJUSTMENTS + 1)
    return [call_reason(call_id), *(adjustment_reason(call_id, number) for number in numbers)]
