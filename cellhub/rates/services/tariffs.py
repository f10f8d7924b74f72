"""Add, change, delete and export single rates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, sessionmaker

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.history import with_names
from cellhub.accounts.refusal import unless_taken
from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.rates.models import Rate, RateDeck
from cellhub.routes.models import Trunk

TERMS = (
    "deck_id",
    "prefix",
    "destination",
    "rate",
    "initial_block",
    "billing_block",
    "connect_charge",
    "trunk_id",
)
PREFIX_TAKEN = "This deck has a rate for this prefix already. Change that one."
EXPORT_BATCH = 1000


def add_rate(session: Session, actor: Actor, terms: Mapping[str, Any]) -> Rate:
    """Add a rate to a deck.

    Raises:
        RefusedError: the deck has the prefix already.
    """
    rate = Rate(tenant_id=actor.tenant_id, **{name: terms[name] for name in TERMS})
    with unless_taken(session, "prefix", PREFIX_TAKEN):
        session.add(rate)
        session.flush()
    record(session, actor, "create", rate, name=name_of(rate), account_id=None)
    return rate


def change_rate(session: Session, actor: Actor, rate: Rate, terms: Mapping[str, Any]) -> None:
    """Change a rate; running calls keep the price of their check.

    Raises:
        RefusedError: the deck has the prefix already.
    """
    with unless_taken(session, "prefix", PREFIX_TAKEN):
        for name in TERMS:
            setattr(rate, name, terms[name])
        changes = with_names(session, changes_of(rate, TERMS), {"deck_id": RateDeck, "trunk_id": Trunk})
        session.flush()
    if changes:
        record(session, actor, "change", rate, name=name_of(rate), account_id=None, changes=changes)


def delete_rate(session: Session, actor: Actor, rate: Rate) -> None:
    """Delete a rate; the next shorter prefix prices its numbers from then on."""
    record(session, actor, "delete", rate, name=name_of(rate), account_id=None)
    session.delete(rate)
    session.flush()


def name_of(rate: Rate) -> str:
    """How people know a rate."""
    return f"{rate.prefix} {rate.destination}"


def with_deck(query: Select[Any]) -> Select[Any]:
    """Read the name of each rate's deck and of its trunk along with the rate."""
    return (
        query.join(RateDeck, (RateDeck.tenant_id == Rate.tenant_id) & (RateDeck.id == Rate.deck_id))
        .outerjoin(Trunk, (Trunk.tenant_id == Rate.tenant_id) & (Trunk.id == Rate.trunk_id))
        .add_columns(RateDeck.name.label("deck"), Trunk.name.label("trunk"))
    )


def export(
    factory: sessionmaker[Session], scope: Scope, query: Select[Any]
) -> Iterator[tuple[Rate, str, str]]:
    """Stream rates with the names of their deck and trunk, in a transaction of its own.

    The response is sent after the request's transaction has ended, so the export enters the
    same scope again.
    """
    streamed = with_deck(query).execution_options(yield_per=EXPORT_BATCH, stream_results=True)
    with scoped(factory, scope) as session:
        for rate, deck, trunk in session.execute(streamed):
            yield rate, deck, trunk or ""


def trunk_names(session: Session, rates: Iterable[Rate]) -> dict[int, str]:
    """Names of the trunks that rates are forced to, by their ids."""
    ids = {rate.trunk_id for rate in rates if rate.trunk_id is not None}
    return {row[0]: row[1] for row in session.execute(select(Trunk.id, Trunk.name).where(Trunk.id.in_(ids)))}
