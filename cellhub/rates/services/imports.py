"""Keep a file of rates until it is published, publish it, or throw it away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, Numeric, Text, any_, cast, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from cellhub.accounts.audit import Actor, record
from cellhub.rates.changes import CHANGING, Change, ChangeKind, Changes, compare
from cellhub.rates.importing import Fault, FileRate, RateFile
from cellhub.rates.models import ALWAYS_OPEN, Rate, RateDeck, RateImport

# Everything that a file decides; a trunk that a rate is forced to stays.
_COLUMNS: dict[str, TypeEngine[Any]] = {
    "prefix": Text(),
    "destination": Text(),
    "rate": Numeric(18, 6),
    "initial_block": Integer(),
    "billing_block": Integer(),
    "connect_charge": Numeric(18, 6),
}


def keep(session: Session, actor: Actor, deck: RateDeck, filename: str, file: RateFile) -> RateImport:
    """Keep a checked file, in place of the one that waited for the deck before."""
    session.execute(
        delete(RateImport).where(RateImport.tenant_id == deck.tenant_id, RateImport.deck_id == deck.id)
    )
    waiting = RateImport(
        tenant_id=deck.tenant_id,
        deck_id=deck.id,
        filename=filename,
        uploaded_by=actor.name,
        rates=[] if file.faults else [_stored(rate) for rate in file.rates],
        faults=[[fault.line, fault.content, fault.reason] for fault in file.faults],
        rate_count=len(file.rates),
        fault_count=len({fault.line for fault in file.faults}),
    )
    session.add(waiting)
    session.flush()
    return waiting


def faults_of(waiting: RateImport) -> list[Fault]:
    """What is wrong with a file that waits."""
    return [Fault(*stored) for stored in waiting.faults]


def changes_of_file(session: Session, deck: RateDeck, waiting: RateImport) -> Changes:
    """Compare a file with the deck as it is now."""
    return compare(_current(session, deck), map(_restored, waiting.rates))


def publish(
    session: Session, actor: Actor, deck: RateDeck, waiting: RateImport, *, remove_missing: bool
) -> Changes:
    """Do what the file says to the deck, all of it or nothing.

    The deck is locked and compared again: what somebody changed since the file was shown is
    overwritten by the file, not by a memory of the deck.
    """
    session.execute(
        select(RateDeck.id)
        .where(RateDeck.tenant_id == deck.tenant_id, RateDeck.id == deck.id)
        .with_for_update()
    )
    changes = changes_of_file(session, deck, waiting)
    _write(session, deck, changes.of(CHANGING))
    if remove_missing:
        _remove(session, deck, changes.of([ChangeKind.MISSING]))
    told = _told(waiting, changes, removed=remove_missing)
    record(session, actor, "import", deck, name=deck.name, account_id=None, changes=told)
    session.delete(waiting)
    session.flush()
    return changes


def discard(session: Session, waiting: RateImport) -> None:
    """Throw a file away; the deck never knew it."""
    session.delete(waiting)
    session.flush()


def waiting_file(session: Session, deck: RateDeck) -> RateImport | None:
    """The file that waits for a deck."""
    own = RateImport.tenant_id == deck.tenant_id, RateImport.deck_id == deck.id
    return session.scalar(select(RateImport).where(*own))


def _write(session: Session, deck: RateDeck, changed: Sequence[Change]) -> None:
    """Insert and update in one statement over arrays: a row at a time takes minutes for a large deck."""
    arrays = (
        cast([getattr(change.new, name) for change in changed], ARRAY(kind))
        for name, kind in _COLUMNS.items()
    )
    rows = func.unnest(*arrays).table_valued(*_COLUMNS).render_derived()
    chosen = select(literal(deck.tenant_id), literal(deck.id), *rows.c)
    upsert = insert(Rate).from_select(["tenant_id", "deck_id", *_COLUMNS], chosen, include_defaults=False)
    session.execute(
        upsert.on_conflict_do_update(
            constraint="uq_rate_window",
            set_={name: upsert.excluded[name] for name in _COLUMNS if name != "prefix"},
        )
    )


def _remove(session: Session, deck: RateDeck, missing: Sequence[Change]) -> None:
    prefixes = literal([change.prefix for change in missing], ARRAY(Text))
    session.execute(delete(Rate).where(*_always(deck), Rate.prefix == any_(prefixes)))


def _current(session: Session, deck: RateDeck) -> Iterator[FileRate]:
    columns = (
        Rate.prefix,
        Rate.destination,
        Rate.rate,
        Rate.initial_block,
        Rate.billing_block,
        Rate.connect_charge,
    )
    return (FileRate(*row) for row in session.execute(select(*columns).where(*_always(deck))))


def _always(deck: RateDeck) -> tuple[ColumnElement[bool], ...]:
    """The deck's rates without a window: a file knows no others, and leaves them alone."""
    return (Rate.tenant_id == deck.tenant_id, Rate.deck_id == deck.id, *ALWAYS_OPEN)


def _stored(rate: FileRate) -> list[Any]:
    return [
        rate.prefix,
        rate.destination,
        str(rate.rate),
        rate.initial_block,
        rate.billing_block,
        str(rate.connect_charge),
    ]


def _restored(stored: list[Any]) -> FileRate:
    prefix, destination, rate, initial_block, billing_block, connect_charge = stored
    return FileRate(prefix, destination, Decimal(rate), initial_block, billing_block, Decimal(connect_charge))


def _told(waiting: RateImport, changes: Changes, *, removed: bool) -> dict[str, Any]:
    """What the history says of a publication: the file, and how many prefixes of each kind."""
    kinds = (*CHANGING, ChangeKind.MISSING) if removed else CHANGING
    counts = {kind.value: [None, changes.count(kind)] for kind in kinds if changes.count(kind)}
    return {"file": [None, waiting.filename], **counts}
