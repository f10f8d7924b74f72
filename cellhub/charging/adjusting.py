"""Calls that are final: what their payers were charged, and corrections of it in the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from cellhub.charging import statements
from cellhub.charging.books import Books
from cellhub.charging.prices import amount, price_of, read_json
from cellhub.domain.rerating import Paid

LONG_AGO = dt.datetime(1, 1, 2, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Range:
    """Which calls: those that began in ``[since, until)``, of one account and those below it, or of all."""

    since: dt.datetime
    until: dt.datetime
    account_id: int | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The range as the statements take it."""
        return {"since": self.since, "until": self.until, "account_id": self.account_id}


@dataclass(frozen=True, slots=True)
class Finished:
    """An answered call that is final; ``source`` is where the topmost payer's rate came from.

    ``payers`` are empty when nobody kept its prices.
    """

    started_at: dt.datetime
    call_id: str
    sip_user: str
    number: str
    seconds: Decimal
    invoice_id: int | None
    source: str
    payers: tuple[Paid, ...]


class Due(NamedTuple):
    """What an account should have been charged for a call, in all; it stands once for each call."""

    call_id: str
    account_id: int
    cost: Decimal


class Booked(NamedTuple):
    """A correction that was booked: what it gave back, or took when it is negative."""

    call_id: str
    account_id: int
    amount: Decimal


def finished_calls(books: Books, which: Range, after: Finished | None, most: int) -> list[Finished]:
    """Read at most so many calls in their order, those behind ``after``."""
    place = {
        "after_at": after.started_at if after else LONG_AGO,
        "after_id": after.call_id if after else "",
        "most": most,
    }
    return [_finished(text) for (text,) in books.run(statements.FINISHED, which.values | place)]


def invoiced_calls(books: Books, which: Range) -> list[str]:
    """The ids of the calls that are on an invoice."""
    return [call_id for (call_id,) in books.run(statements.INVOICED, which.values)]


def adjust(books: Books, dues: Sequence[Due], *, note: str, actor: str) -> list[Booked]:
    """Bring what was charged to what is due, by entries of the ledger; what is right already stays.

    A second time changes nothing, however many do it at once: the entry is the difference to
    what is booked under the lock of its account.
    """
    if not dues:
        return []
    values = {
        "call_ids": [due.call_id for due in dues],
        "payers": [due.account_id for due in dues],
        "costs": [due.cost for due in dues],
        "accounts": sorted({due.account_id for due in dues}),
        "note": note,
        "actor": actor,
    }
    return [Booked(*row) for row in books.run(statements.ADJUST, values)]


def _finished(text: str) -> Finished:
    row = read_json(text)
    margins = row["margins"] or {}
    payers = tuple(_payers(row["payers"] or [], margins))
    moment = dt.datetime.fromisoformat(row["started_at"])
    return Finished(
        moment,
        row["call_id"],
        row["sip_user"],
        row["number"],
        Decimal(row["seconds"]),
        row["invoice_id"],
        row["source"] or "",
        payers,
    )


def _payers(rows: list[dict[str, Any]], margins: dict[str, str | None]) -> Iterator[Paid]:
    for row in rows:
        # A margin of 0 is one: the price is that of the one above.
        margin = amount(margins.get(str(row["member_id"])))
        yield Paid(row["account_id"], price_of(row["price"]), Decimal(row["charged"]), margin)
