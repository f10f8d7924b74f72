"""Prices of rates as the domain knows them, and what a number would cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.db.tenancy import Account, Tenant
from cellhub.domain.money import round_money
from cellhub.domain.numbers import Number, prefixes_of
from cellhub.domain.rating import Price, Step, cost, steps, with_margin
from cellhub.domain.schedule import Now
from cellhub.domain.selection import Candidate, Choice, RateSource, choose
from cellhub.rates.models import Holiday, PlanDeck, Rate, RateDeck
from cellhub.security.identity import Identity


@dataclass(frozen=True, slots=True)
class DeckPlace:
    """Where a deck stands when a number is priced; at equal prefixes the lower order wins."""

    deck: RateDeck
    source: RateSource = RateSource.PLAN
    order: int = 0


@dataclass(frozen=True, slots=True)
class Quote:
    """Which rate prices a number, why not the others, and what so many seconds cost."""

    number: Number
    seconds: int
    choice: Choice
    cost: Decimal | None
    steps: tuple[Step, ...]


def price_of(rate: Rate, deck: RateDeck) -> Price:
    """The price of a rate under the rules of its deck."""
    return Price(
        rate.rate,
        rate.initial_block,
        rate.billing_block,
        rate.connect_charge,
        rate.minimum_seconds,
        decimals=deck.decimals,
        rounding=deck.rounding,
        block_rule=deck.block_rule,
    )


def quote(session: Session, places: Iterable[DeckPlace], number: Number, seconds: int) -> Quote:
    """Choose among the rates of decks as a call would now, and price it."""
    decks = {one.deck.id: one for one in places}
    if not decks:
        return Quote(number, seconds, Choice(None, ()), None, ())
    tenant_id = next(iter(decks.values())).deck.tenant_id
    choice = choose(number, _candidates(session, decks, number), clock(session, tenant_id))
    if choice.winner is None:
        return Quote(number, seconds, choice, None, ())
    price = choice.winner.price
    return Quote(number, seconds, choice, cost(seconds, price), steps(seconds, price))


def clock(session: Session, tenant_id: int) -> Now:
    """This moment on the tenant's clock, by which windows open and close."""
    zone = ZoneInfo(session.get_one(Tenant, tenant_id).time_zone)
    now = dt.datetime.now(zone)
    near = Holiday.day.between(now.date() - dt.timedelta(days=1), now.date())
    days = session.scalars(select(Holiday.day).where(Holiday.tenant_id == tenant_id, near))
    return Now(now, frozenset(days))


def _candidates(session: Session, places: dict[int, DeckPlace], number: Number) -> list[Candidate]:
    tenant_id = next(iter(places.values())).deck.tenant_id
    found = select(Rate).where(
        Rate.tenant_id == tenant_id, Rate.deck_id.in_(places), Rate.prefix.in_(prefixes_of(number))
    )
    return [candidate(rate, places[rate.deck_id]) for rate in session.scalars(found)]


def candidate(rate: Rate, place: DeckPlace) -> Candidate:
    """A rate as one that may price a call."""
    return Candidate(
        place.source,
        place.deck.id,
        place.deck.name,
        place.order,
        rate.id,
        rate.prefix,
        rate.destination,
        price_of(rate, place.deck),
        rate.trunk_id,
        rate.window,
    )


def places_of_plan(session: Session, tenant_id: int, plan_id: int) -> list[DeckPlace]:
    """The decks of a plan in order, and behind them the default deck."""
    found = session.execute(
        select(RateDeck, PlanDeck.position)
        .join(PlanDeck, (PlanDeck.tenant_id == RateDeck.tenant_id) & (PlanDeck.deck_id == RateDeck.id))
        .where(PlanDeck.tenant_id == tenant_id, PlanDeck.plan_id == plan_id)
        .order_by(PlanDeck.position)
    )
    places = [DeckPlace(deck, RateSource.PLAN, position) for deck, position in found]
    default = session.scalar(select(RateDeck).where(RateDeck.tenant_id == tenant_id, RateDeck.is_default))
    return [*places, DeckPlace(default, RateSource.DEFAULT)] if default else places


def margin_of(session: Session, identity: Identity) -> Decimal | None:
    """What a reseller adds to every price for those below it; None for the tenant's own people."""
    if identity.account_id is None:
        return None
    own = Account.tenant_id == identity.tenant_id, Account.id == identity.account_id
    return session.scalar(select(Account.margin).where(*own))


def resold(amount: Decimal, margin: Decimal) -> Decimal:
    """What a reseller's customers pay where the reseller pays ``amount``, to the decimals of a rate."""
    return round_money(with_margin(Price(amount), margin).rate)


def resold_cost(asked: Quote, margin: Decimal) -> Decimal | None:
    """What the same call costs a reseller's customer."""
    if asked.choice.winner is None:
        return None
    return cost(asked.seconds, with_margin(asked.choice.winner.price, margin))
