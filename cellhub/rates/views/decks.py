"""Rate Decks: the list, a deck with its rates, and what is done to a deck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults
from sqlalchemy import func, select

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import RefusedError
from cellhub.rates.filters import rate_filters
from cellhub.rates.forms import BLOCK_RULES, ROUNDINGS, DeckForm
from cellhub.rates.importing import COLUMNS
from cellhub.rates.models import Rate, RateDeck
from cellhub.rates.pricing import DeckPlace, margin_of, resold
from cellhub.rates.resources import Deck, RateDecks
from cellhub.rates.services import decks, tariffs
from cellhub.rates.usage import deck_facts
from cellhub.rates.views.answers import refuse, removal
from cellhub.rates.views.numberbox import number_box
from cellhub.security.roles import Permission
from cellhub.web.lists import Filtered, Keyset, apply_filters, csv_response

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

TEMPLATES = "cellhub.rates:templates"
BY_NAME = Keyset((RateDeck.name, RateDeck.id), (str, int))
BY_PREFIX = Keyset((Rate.prefix, Rate.id), (str, int))


@view_config(
    context=RateDecks,
    permission=Permission.RATE_DECKS,
    request_method="GET",
    renderer=f"{TEMPLATES}/decks.jinja2",
)
def list_decks(context: RateDecks, request: Request) -> dict[str, Any]:
    """Show the decks that whoever asks pays by or may sell."""
    page = BY_NAME.page(request.dbsession, request, context.query())
    return {
        "page": page,
        "facts": deck_facts(request.dbsession, request.identity.tenant_id, page.rows),
        "block_rules": BLOCK_RULES,
        "roundings": ROUNDINGS,
    }


@view_defaults(
    context=RateDecks,
    name="new",
    permission=Permission.RATE_DECKS_EDIT,
    renderer=f"{TEMPLATES}/deck-form.jinja2",
)
class NewDeck:
    """Open a deck."""

    def __init__(self, context: RateDecks, request: Request) -> None:
        self.context, self.request = context, request
        self.form = DeckForm(request.POST or None)

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"form": self.form, "deck": None}

    @view_config(request_method="POST")
    def open(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            return self.ask() | refuse(self.request, self.form)
        try:
            deck = decks.open_deck(self.request.dbsession, Actor.of(self.request.identity), self.form.data)
        except RefusedError as refused:
            return self.ask() | refuse(self.request, self.form, refused)
        return HTTPSeeOther(f"/rate-decks/{deck.id}")


@view_defaults(context=Deck, permission=Permission.RATE_DECKS, request_method="GET")
class DeckPage:
    """A deck, its rates, and which of them prices a number."""

    def __init__(self, context: Deck, request: Request) -> None:
        self.context, self.request = context, request
        self.deck = context.row
        self.filters = rate_filters()

    @view_config(renderer=f"{TEMPLATES}/deck.jinja2")
    def show(self) -> dict[str, Any]:
        session, identity = self.request.dbsession, self.request.identity
        filtered = self._filtered()
        margin = margin_of(session, identity)
        page = BY_PREFIX.page(session, self.request, filtered.query)
        return {
            "deck": self.deck,
            "facts": deck_facts(session, self.deck.tenant_id, [self.deck])[self.deck.id],
            "filters": self.filters,
            "filtered": filtered,
            "page": page,
            "count": _count(session, filtered),
            "trunks": tariffs.trunk_names(session, page.rows),
            "box": number_box(self.request, [DeckPlace(self.deck)], margin),
            "margin": margin,
            "resold": resold,
            "block_rules": BLOCK_RULES,
            "roundings": ROUNDINGS,
            "export_href": f"/rate-decks/{self.deck.id}/export?{self.request.query_string}",
        }

    @view_config(name="export")
    def export(self) -> Response:
        """The rates as a file that the import takes back."""
        query = BY_PREFIX.ordered(self._filtered().certain)
        rates = tariffs.export(self.request.registry.session_factory, self.request.identity.scope, query)
        return csv_response(f"rate-deck-{self.deck.id}.csv", COLUMNS, map(_file_row, rates))

    def _filtered(self) -> Filtered:
        own = select(Rate).where(Rate.tenant_id == self.deck.tenant_id, Rate.deck_id == self.deck.id)
        return apply_filters(self.request, own, self.filters)


def _count(session: Any, filtered: Filtered) -> int:
    return int(session.scalar(filtered.query.with_only_columns(func.count(), maintain_column_froms=True)))


def _file_row(exported: tuple[Rate, str, str]) -> list[Any]:
    rate, _, _ = exported
    return file_row(rate)


def file_row(rate: Rate) -> list[Any]:
    """A rate in the order of the manual's columns."""
    return [
        rate.prefix,
        rate.destination,
        rate.rate,
        rate.initial_block,
        rate.billing_block,
        rate.connect_charge,
    ]


@view_defaults(
    context=Deck, name="edit", permission=Permission.RATE_DECKS_EDIT, renderer=f"{TEMPLATES}/deck-form.jinja2"
)
class EditDeck:
    """Change a deck."""

    def __init__(self, context: Deck, request: Request) -> None:
        self.context, self.request = context, request
        self.form = DeckForm(request.POST or None, obj=context.row)

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"form": self.form, "deck": self.context.row}

    @view_config(request_method="POST")
    def save(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            return self.ask() | refuse(self.request, self.form)
        try:
            decks.change_deck(
                self.request.dbsession, Actor.of(self.request.identity), self.context.row, self.form.data
            )
        except RefusedError as refused:
            return self.ask() | refuse(self.request, self.form, refused)
        return HTTPSeeOther(f"/rate-decks/{self.context.row.id}")


@view_config(context=Deck, name="default", permission=Permission.RATE_DECKS_EDIT, request_method="POST")
def make_default(context: Deck, request: Request) -> Response:
    """Let this deck price what no plan prices."""
    decks.make_default(request.dbsession, Actor.of(request.identity), context.row)
    return HTTPSeeOther(f"/rate-decks/{context.row.id}")


@view_defaults(
    context=Deck, name="delete", permission=Permission.RATE_DECKS_EDIT, renderer=f"{TEMPLATES}/delete.jinja2"
)
class DeleteDeck:
    """Ask, and delete a deck that nobody needs."""

    def __init__(self, context: Deck, request: Request) -> None:
        self.context, self.request = context, request
        self.deck = context.row

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return self._page(decks.why_kept(self.request.dbsession, self.deck))

    @view_config(request_method="POST")
    def delete(self) -> dict[str, Any] | Response:
        try:
            decks.delete_deck(self.request.dbsession, Actor.of(self.request.identity), self.deck)
        except RefusedError as refused:
            self.request.response.status_int = 409
            return self._page(str(refused))
        return HTTPSeeOther("/rate-decks")

    def _page(self, reason: str) -> dict[str, Any]:
        facts = deck_facts(self.request.dbsession, self.deck.tenant_id, [self.deck])[self.deck.id]
        return removal(
            "rate deck",
            self.deck.name,
            f"/rate-decks/{self.deck.id}",
            f"Its {facts.rates:,} rates go with it. Running calls keep the price they began with.",
            reason,
        )
