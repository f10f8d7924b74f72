"""Who uses a deck or a plan, so that a deletion can be refused by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, SQLColumnExpression, func, select
from sqlalchemy.orm import Session

from cellhub.db.tenancy import Account
from cellhub.rates.models import Plan, PlanDeck, Rate, RateDeck, RateImport
from cellhub.routes.models import Provider
from cellhub.sip.models import SipUser

NAMED = 5


@dataclass(frozen=True, slots=True)
class DeckFacts:
    """What a list of decks says beyond the deck itself."""

    rates: int
    plans: tuple[str, ...]
    waiting: int | None


def deck_facts(session: Session, tenant_id: int, decks: Sequence[RateDeck]) -> dict[int, DeckFacts]:
    """Count the rates of decks, name the plans that have them and find the files that wait."""
    ids = [deck.id for deck in decks]
    counts = _pairs(
        session,
        select(Rate.deck_id, func.count())
        .where(Rate.tenant_id == tenant_id, Rate.deck_id.in_(ids))
        .group_by(Rate.deck_id),
    )
    waiting = _pairs(
        session,
        select(RateImport.deck_id, RateImport.id).where(
            RateImport.tenant_id == tenant_id, RateImport.deck_id.in_(ids)
        ),
    )
    plans = _plans_by_deck(session, tenant_id, ids)
    return {id_: DeckFacts(counts.get(id_, 0), tuple(plans.get(id_, ())), waiting.get(id_)) for id_ in ids}


def _pairs(session: Session, query: Select[int, int]) -> dict[int, int]:
    return {row[0]: row[1] for row in session.execute(query)}


def _plans_by_deck(session: Session, tenant_id: int, ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    query = (
        select(PlanDeck.deck_id, Plan.name)
        .join(Plan, (Plan.tenant_id == PlanDeck.tenant_id) & (Plan.id == PlanDeck.plan_id))
        .where(PlanDeck.tenant_id == tenant_id, PlanDeck.deck_id.in_(ids))
        .order_by(Plan.name)
    )
    for deck_id, name in session.execute(query):
        found.setdefault(deck_id, []).append(name)
    return found


def users_of_deck(session: Session, deck: RateDeck) -> str:
    """Name the plans, SIP users, resellers and providers that need a deck; empty when nobody does."""
    plans = _plans_by_deck(session, deck.tenant_id, [deck.id]).get(deck.id, [])
    phones = session.scalars(
        select(SipUser.username)
        .where(SipUser.tenant_id == deck.tenant_id, SipUser.rate_deck_id == deck.id)
        .order_by(SipUser.username)
    ).all()
    resellers = _names(session, Account, Account.sell_deck_id, deck)
    providers = _names(session, Provider, Provider.deck_id, deck)
    parts = named("reseller", resellers), named("provider", providers)
    return _joined(named("plan", plans), named("SIP user", phones), *parts)


def _names(
    session: Session, table: type[Account | Provider], column: SQLColumnExpression[int | None], deck: RateDeck
) -> Sequence[str]:
    own = table.tenant_id == deck.tenant_id, column == deck.id
    return session.scalars(select(table.name).where(*own).order_by(table.name)).all()


def users_of_plan(session: Session, plan: Plan) -> str:
    """Name the accounts that pay by a plan; empty when nobody does."""
    return named("user", [account.name for account in accounts_of_plan(session, plan)])


def accounts_of_plan(session: Session, plan: Plan) -> Sequence[Account]:
    """The accounts that pay by a plan."""
    return session.scalars(
        select(Account)
        .where(Account.tenant_id == plan.tenant_id, Account.plan_id == plan.id)
        .order_by(Account.name, Account.id)
    ).all()


def named(noun: str, names: Sequence[str]) -> str:
    """Say ``plans A, B and 3 more``; empty without names."""
    if not names:
        return ""
    shown = ", ".join(names[:NAMED])
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{noun}{'s' if len(names) > 1 else ''} {shown}{more}"


def _joined(*parts: str) -> str:
    return " and ".join(part for part in parts if part)
