"""Open, change and delete rate decks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.refusal import RefusedError, unless_taken
from cellhub.domain.money import Rounding
from cellhub.domain.rating import BlockRule
from cellhub.rates.models import RateDeck
from cellhub.rates.usage import users_of_deck

TERMS = ("name", "block_rule", "rounding", "decimals")
NAME_TAKEN = "A deck has this name already. Write another one."


def open_deck(session: Session, actor: Actor, terms: Mapping[str, Any]) -> RateDeck:
    """Open an empty deck.

    Raises:
        RefusedError: the name is taken.
    """
    deck = RateDeck(tenant_id=actor.tenant_id, is_default=False)
    _set(deck, terms)
    with unless_taken(session, "name", NAME_TAKEN):
        session.add(deck)
        session.flush()
    record(session, actor, "create", deck, name=deck.name, account_id=None)
    return deck


def change_deck(session: Session, actor: Actor, deck: RateDeck, terms: Mapping[str, Any]) -> None:
    """Change name, blocks or rounding; running calls keep the price of their check.

    Raises:
        RefusedError: the name is taken.
    """
    with unless_taken(session, "name", NAME_TAKEN):
        _set(deck, terms)
        changes = changes_of(deck, TERMS)
        session.flush()
    if changes:
        record(session, actor, "change", deck, name=deck.name, account_id=None, changes=changes)


def _set(deck: RateDeck, terms: Mapping[str, Any]) -> None:
    deck.name, deck.decimals = terms["name"], terms["decimals"]
    deck.block_rule, deck.rounding = BlockRule(terms["block_rule"]), Rounding(terms["rounding"])


def make_default(session: Session, actor: Actor, deck: RateDeck) -> None:
    """Let ``deck`` price what no plan prices, and no other deck any more."""
    before = session.scalar(
        select(RateDeck).where(RateDeck.tenant_id == deck.tenant_id, RateDeck.is_default).with_for_update()
    )
    if before is deck:
        return
    session.execute(
        update(RateDeck)
        .where(RateDeck.tenant_id == deck.tenant_id, RateDeck.is_default)
        .values(is_default=False)
    )
    deck.is_default = True
    session.flush()
    changes = {"default deck": [before.name if before else None, deck.name]}
    record(session, actor, "change", deck, name=deck.name, account_id=None, changes=changes)


def why_kept(session: Session, deck: RateDeck) -> str:
    """Say who needs a deck; empty when it may be deleted."""
    users = users_of_deck(session, deck)
    return f"It is used by {users}. Choose another deck there first." if users else ""


def delete_deck(session: Session, actor: Actor, deck: RateDeck) -> None:
    """Delete a deck with its rates.

    Raises:
        RefusedError: a plan or a SIP user has it.
    """
    reason = why_kept(session, deck)
    if reason:
        raise RefusedError("deck", reason)
    record(session, actor, "delete", deck, name=deck.name, account_id=None)
    session.delete(deck)
    session.flush()
