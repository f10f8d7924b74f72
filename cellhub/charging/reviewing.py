"""Calls whose sources contradict each other, and what a person says of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from cellhub.charging import statements
from cellhub.charging.books import Books
from cellhub.charging.endings import ending_of
from cellhub.charging.prices import read_json
from cellhub.charging.records import CallRecord, find_call
from cellhub.charging.settling import Ending, settle_call
from cellhub.domain.settlement import CallState, deadline_after


class NotInReview(Exception):
    """The call awaits nobody's word; the message says where it stands."""


class TooLong(Exception):
    """More seconds than the call can have talked; the message says how many it can."""


@dataclass(frozen=True, slots=True)
class Doubted:
    """A call in review: the seconds by each source, those that count if nobody says a word, and its money."""

    call_id: str
    sip_user: str
    number: str
    destination: str
    ended_at: str
    age: int
    readings: dict[str, str]
    source: str
    seconds: str
    held: Decimal


def doubted_calls(books: Books) -> list[Doubted]:
    """Read the calls in review, the oldest first."""
    return [_doubted(read_json(text)) for (text,) in books.run(statements.REVIEWS, {})]


def settle_by_word(books: Books, call_id: str, seconds: Decimal, *, source: str, actor: str) -> Ending:
    """Settle a call in review by the word of ``actor``; return the ending that it had until then.

    Raises:
        NotInReview: it is not, or is no more.
        TooLong: the call ended by itself before so many seconds.
    """
    record = find_call(books, call_id)
    doubt = _doubt_of(record, call_id)
    assert record is not None
    bound = deadline_after(record.paid_seconds)
    if seconds > bound:
        raise TooLong(f"The call was paid for until {bound} s and ended by then; write no more.")
    ending = replace(doubt, seconds=seconds, source=source)
    if not settle_call(books, record.payers, ending, record.buys, actor=actor):
        raise NotInReview(f"Call {call_id} was settled just now.")
    return doubt


def _doubt_of(record: CallRecord | None, call_id: str) -> Ending:
    if record is None:
        raise NotInReview(f"Call {call_id} was never admitted.")
    if record.state is not CallState.REVIEW or record.review is None:
        raise NotInReview(f"Call {call_id} is not in review: it is {record.state.value}.")
    return ending_of(record.review)


def _doubted(row: dict[str, Any]) -> Doubted:
    return Doubted(**row | {"readings": row["readings"] or {}, "held": Decimal(row["held"])})
