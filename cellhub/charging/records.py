"""Calls as the books know them, read back for whoever did not check them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cellhub.charging import statements
from cellhub.charging.books import Books
from cellhub.charging.prices import price_of, read_json
from cellhub.charging.ways import read_buys
from cellhub.domain.routing import Buy
from cellhub.domain.settlement import CallState, Payer


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call that was authorised.

    ``review`` is the deed that awaits a look at it, if any; ``buys`` says what its trunks charge, by name.
    """

    call_id: str
    state: CallState
    step: int
    number: str
    trunk: str
    caller_channel: str
    callee_channel: str
    paid_seconds: int
    last_slice: bool
    authorised_at: dt.datetime
    answered_at: dt.datetime | None
    ended_at: dt.datetime | None
    deadline_at: dt.datetime
    review: dict[str, Any] | None
    payers: tuple[Payer, ...]
    buys: dict[str, Buy] = field(default_factory=dict)


def find_call(books: Books, call_id: str) -> CallRecord | None:
    """Read one call; None when it was never authorised."""
    rows = books.run(statements.CALL, {"call_id": call_id})
    return _call(rows[0][0]) if rows else None


def open_calls(books: Books, pod: str) -> list[CallRecord]:
    """Read the calls of a pod that are not final."""
    return [_call(text) for (text,) in books.run(statements.OPEN_CALLS, {"pod": pod})]


def _call(text: str) -> CallRecord:
    row = read_json(text)
    moments = ("authorised_at", "answered_at", "ended_at", "deadline_at")
    row |= {name: row[name] and dt.datetime.fromisoformat(row[name]) for name in moments}
    payers = tuple(
        Payer(one["account_id"], price_of(one["price"]), Decimal(one["held"]), one["purse_id"])
        for one in row["payers"]
    )
    read = {"state": CallState(row["state"]), "payers": payers, "buys": read_buys(row["buys"])}
    return CallRecord(**row | read)
