"""A call while it runs: its answer is noted, and its next slice is held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from cellhub.charging import statements
from cellhub.charging.books import Books
from cellhub.domain.admission import Admission, reserve
from cellhub.domain.settlement import GRACE_SECONDS, Payer


def note_answer(
    books: Books,
    call_id: str,
    *,
    answered_at: dt.datetime,
    trunk: str,
    caller_channel: str,
    callee_channel: str,
) -> int | None:
    """Move a call to ANSWERED and return its step; None when it is past this answer.

    The same answer told again finds the same step: the first word may have been lost.
    """
    values = {
        "call_id": call_id,
        "answered_at": answered_at,
        "trunk": trunk,
        "caller_channel": caller_channel,
        "callee_channel": callee_channel,
        "grace": GRACE_SECONDS,
    }
    rows = books.run(statements.ANSWERED, values)
    return int(rows[0][0]) if rows else None


def extend_call(
    books: Books, call_id: str, payers: Sequence[Payer], *, step: int, paid_seconds: int, wanted: int
) -> Admission | None:
    """Hold the next slice for every payer; None when nothing could be held or ``step`` is past."""
    available: list[Decimal] = [room for (room,) in books.run(statements.AVAILABLE, {"call_id": call_id})]
    slice_ = reserve(payers, available, paid_seconds=paid_seconds, wanted=wanted)
    if slice_ is None:
        return None
    values = {
        "call_id": call_id,
        "step": step,
        "accounts": [payer.pays_from for payer in payers],
        "holds": [payer.hold for payer in slice_.payers],
        "paid_seconds": paid_seconds + slice_.slice_seconds,
        "last_slice": slice_.last,
        "grace": GRACE_SECONDS,
    }
    [(held,)] = books.run(statements.EXTEND, values)
    return slice_ if held else None
