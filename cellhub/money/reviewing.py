"""Settle doubted calls by a person's word, and write down who said it."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, record_deed
from cellhub.charging.books import SessionBooks
from cellhub.charging.reviewing import settle_by_word
from cellhub.db.notify import Topic, publish


def settle_review(session: Session, actor: Actor, call_id: str, *, seconds: Decimal, note: str) -> None:
    """Settle a call in review: charge, record and audit entry are one transaction.

    Raises:
        NotInReview: it is not, or is no more.
        TooLong: the call ended by itself before so many seconds.
    """
    source = f"{actor.name}: {note}"
    doubt = settle_by_word(SessionBooks(session), call_id, seconds, source=source, actor=actor.name)
    changes = {
        "seconds": [f"{doubt.seconds:f}", f"{seconds:f}"],
        "readings": dict(doubt.readings),
        "note": [None, note],
    }
    record_deed(session, actor, "settle", "call", call_id, changes=changes)
    for topic in (Topic.CALLS, Topic.CDR, Topic.BALANCE):
        publish(session, topic, actor.tenant_id)
