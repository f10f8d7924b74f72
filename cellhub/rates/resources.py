"""Decks, rates and plans in the tree; a file that waits for a deck lies below that deck."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from cellhub.db.scope import Scope
from cellhub.db.tenancy import Account
from cellhub.rates.models import Plan, PlanDeck, Rate, RateDeck, RateImport
from cellhub.tree import Container, Resource


class Deck(Resource):
    """One deck; its files lie at ``imports``."""

    row: RateDeck

    def __getitem__(self, name: str) -> Container:
        if name != RateImports.name:
            raise KeyError(name)
        return RateImports(self, self.request)


class RateDecks(Container):
    """The tenant's decks; a reseller's are those of its own plan."""

    name = "rate-decks"
    model = RateDeck
    resource = Deck

    def query(self) -> Select[Any]:
        return decks_within(self.request.identity.scope)


class WaitingFile(Resource):
    """A file between upload and publication."""

    row: RateImport

    @property
    def deck(self) -> RateDeck:
        """The deck that it is for."""
        return self.__parent__.__parent__.row


class RateImports(Container):
    """The file that waits for a deck, if there is one."""

    name = "imports"
    model = RateImport
    resource = WaitingFile

    def query(self) -> Select[Any]:
        return super().query().where(RateImport.deck_id == self.__parent__.row.id)


class Tariff(Resource):
    """One rate."""

    row: Rate


class Tariffs(Container):
    """The rates of all decks of whoever asks."""

    name = "tariffs"
    model = Rate
    resource = Tariff

    def query(self) -> Select[Any]:
        scope = self.request.identity.scope
        query = select(Rate).where(Rate.tenant_id == scope.tenant_id)
        return query if scope.account_id is None else query.where(Rate.deck_id.in_(_own_decks(scope)))


class PricePlan(Resource):
    """One plan."""

    row: Plan


class Plans(Container):
    """The tenant's plans; a reseller's is the one that it pays by."""

    name = "plans"
    model = Plan
    resource = PricePlan

    def query(self) -> Select[Any]:
        scope = self.request.identity.scope
        query = select(Plan).where(Plan.tenant_id == scope.tenant_id)
        return query if scope.account_id is None else query.where(Plan.id.in_(_own_plan(scope)))


def decks_within(scope: Scope) -> Select[RateDeck]:
    """All decks of a tenant, or those in the plan of the account that asks."""
    query = select(RateDeck).where(RateDeck.tenant_id == scope.tenant_id)
    return query if scope.account_id is None else query.where(RateDeck.id.in_(_own_decks(scope)))


def _own_decks(scope: Scope) -> Select[int]:
    return select(PlanDeck.deck_id).where(
        PlanDeck.tenant_id == scope.tenant_id, PlanDeck.plan_id.in_(_own_plan(scope))
    )


def _own_plan(scope: Scope) -> Select[int | None]:
    return select(Account.plan_id).where(Account.tenant_id == scope.tenant_id, Account.id == scope.account_id)
