"""Open, change and delete plans."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.refusal import RefusedError, unless_taken
from cellhub.db.tenancy import Account
from cellhub.rates.models import Plan, PlanDeck, Rate, RateDeck
from cellhub.rates.usage import users_of_plan

NAME_TAKEN = "A plan has this name already. Write another one."


def open_plan(session: Session, actor: Actor, name: str, deck_ids: Sequence[int]) -> Plan:
    """Open a plan over decks, the first of which wins at equal prefixes.

    Raises:
        RefusedError: the name is taken.
    """
    plan = Plan(tenant_id=actor.tenant_id, name=name)
    with unless_taken(session, "name", NAME_TAKEN):
        session.add(plan)
        session.flush()
    _set_decks(session, plan, deck_ids)
    record(session, actor, "create", plan, name=plan.name, account_id=None)
    return plan


def change_plan(session: Session, actor: Actor, plan: Plan, name: str, deck_ids: Sequence[int]) -> None:
    """Change name and decks.

    Raises:
        RefusedError: the name is taken.
    """
    before = decks_of(session, plan)
    with unless_taken(session, "name", NAME_TAKEN):
        plan.name = name
        changes = changes_of(plan, ["name"])
        session.flush()
    if [deck.id for deck in before] != list(deck_ids):
        _set_decks(session, plan, deck_ids)
        changes["decks"] = [_words(before), _words(decks_of(session, plan))]
    if changes:
        record(session, actor, "change", plan, name=plan.name, account_id=None, changes=changes)


def why_kept(session: Session, plan: Plan) -> str:
    """Say who needs a plan; empty when it may be deleted."""
    users = users_of_plan(session, plan)
    return f"It is the plan of {users}. Choose another plan there first." if users else ""


def delete_plan(session: Session, actor: Actor, plan: Plan) -> None:
    """Delete a plan; its decks stay.

    Raises:
        RefusedError: an account pays by it.
    """
    reason = why_kept(session, plan)
    if reason:
        raise RefusedError("plan", reason)
    record(session, actor, "delete", plan, name=plan.name, account_id=None)
    session.delete(plan)
    session.flush()


def decks_of(session: Session, plan: Plan) -> Sequence[RateDeck]:
    """The decks of a plan in order."""
    return session.scalars(
        select(RateDeck)
        .join(PlanDeck, (PlanDeck.tenant_id == RateDeck.tenant_id) & (PlanDeck.deck_id == RateDeck.id))
        .where(PlanDeck.tenant_id == plan.tenant_id, PlanDeck.plan_id == plan.id)
        .order_by(PlanDeck.position)
    ).all()


def effective_rates(plan: Plan) -> Select[Rate]:
    """One rate for each prefix of a plan: that of the first deck that has it."""
    place, earlier, other = aliased(PlanDeck), aliased(PlanDeck), aliased(Rate)
    own = place.tenant_id == plan.tenant_id, place.plan_id == plan.id
    hidden = (
        exists()
        .where(earlier.tenant_id == plan.tenant_id, earlier.plan_id == plan.id)
        .where(earlier.position < place.position)
        .where(other.tenant_id == plan.tenant_id, other.deck_id == earlier.deck_id)
        .where(other.prefix == Rate.prefix)
    )
    joined = (place.tenant_id == Rate.tenant_id) & (place.deck_id == Rate.deck_id)
    return select(Rate).join(place, joined).where(*own, ~hidden)


def plan_facts(session: Session, tenant_id: int, plans: Sequence[Plan]) -> dict[int, tuple[str, int]]:
    """The decks of each plan in order, as words, and how many accounts pay by it."""
    users = dict(
        session.execute(
            select(Account.plan_id, func.count())
            .where(Account.tenant_id == tenant_id, Account.plan_id.in_([plan.id for plan in plans]))
            .group_by(Account.plan_id)
        ).all()
    )
    return {plan.id: (_words(decks_of(session, plan)), users.get(plan.id, 0)) for plan in plans}


def _set_decks(session: Session, plan: Plan, deck_ids: Sequence[int]) -> None:
    session.execute(delete(PlanDeck).where(PlanDeck.tenant_id == plan.tenant_id, PlanDeck.plan_id == plan.id))
    session.add_all(
        PlanDeck(tenant_id=plan.tenant_id, plan_id=plan.id, deck_id=deck_id, position=position)
        for position, deck_id in enumerate(deck_ids, start=1)
    )
    session.flush()


def _words(decks: Sequence[RateDeck]) -> str:
    return ", ".join(deck.name for deck in decks)
