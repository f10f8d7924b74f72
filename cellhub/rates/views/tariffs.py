"""Tariffs: rates over all decks, their CSV, and one rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults
from sqlalchemy import func

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import RefusedError
from cellhub.rates import choices
from cellhub.rates.filters import tariff_filters
from cellhub.rates.importing import COLUMNS
from cellhub.rates.models import Rate
from cellhub.rates.pricing import margin_of, resold
from cellhub.rates.resources import Tariff, Tariffs
from cellhub.rates.services import tariffs
from cellhub.rates.views.answers import refuse, removal
from cellhub.rates.views.decks import file_row
from cellhub.security.roles import Permission
from cellhub.web.lists import Filtered, Keyset, apply_filters, csv_response

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

TEMPLATES = "cellhub.rates:templates"
BY_PREFIX = Keyset((Rate.prefix, Rate.id), (str, int))


@view_defaults(context=Tariffs, permission=Permission.TARIFFS, request_method="GET")
class TariffList:
    """The rates that match the filters in the URL."""

    def __init__(self, context: Tariffs, request: Request) -> None:
        self.context, self.request = context, request
        self.session = request.dbsession
        self.decks = choices.decks(self.session, request.identity)
        self.trunks = choices.trunks(self.session, request.identity)
        self.filters = tariff_filters(self.decks, self.trunks)

    @view_config(renderer=f"{TEMPLATES}/tariffs.jinja2")
    def show(self) -> dict[str, Any]:
        filtered = self._filtered()
        counted = filtered.query.with_only_columns(func.count(), maintain_column_froms=True)
        return {
            "filters": self.filters,
            "filtered": filtered,
            "page": BY_PREFIX.page(self.session, self.request, filtered.query),
            "count": self.session.scalar(counted),
            "decks": dict(self.decks),
            "trunks": dict(self.trunks),
            "margin": margin_of(self.session, self.request.identity),
            "resold": resold,
            "export_href": f"/tariffs/export?{self.request.query_string}",
        }

    @view_config(name="export")
    def export(self) -> Response:
        query = BY_PREFIX.ordered(self._filtered().certain)
        margin = margin_of(self.session, self.request.identity)
        rates = tariffs.export(self.request.registry.session_factory, self.request.identity.scope, query)
        more = ("deck", "trunk") if margin is None else ("deck", "client_rate", "client_connectcharge")
        return csv_response("tariffs.csv", (*COLUMNS, *more), _csv_rows(rates, margin))

    def _filtered(self) -> Filtered:
        return apply_filters(self.request, self.context.query(), self.filters)


def _csv_rows(rates: Iterable[tuple[Rate, str, str]], margin: Any) -> Iterator[list[Any]]:
    for rate, deck, trunk in rates:
        more = [trunk] if margin is None else _resold(rate, margin)
        yield [*file_row(rate), deck, *more]


def _resold(rate: Rate, margin: Any) -> list[Any]:
    return [resold(rate.rate, margin), resold(rate.connect_charge, margin)]


@view_defaults(
    context=Tariffs, name="new", permission=Permission.TARIFFS_EDIT, renderer=f"{TEMPLATES}/rate-form.jinja2"
)
class NewRate:
    """Add a rate; ``?deck=12`` chooses the deck beforehand."""

    def __init__(self, context: Tariffs, request: Request) -> None:
        self.context, self.request = context, request
        self.form = choices.rate_form(request, {"deck_id": request.GET.get("deck")})

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"form": self.form, "rate": None}

    @view_config(request_method="POST")
    def add(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            return self.ask() | refuse(self.request, self.form)
        try:
            rate = tariffs.add_rate(self.request.dbsession, Actor.of(self.request.identity), self.form.data)
        except RefusedError as refused:
            return self.ask() | refuse(self.request, self.form, refused)
        return HTTPSeeOther(f"/rate-decks/{rate.deck_id}?prefix={rate.prefix}")


@view_config(context=Tariff, permission=Permission.TARIFFS_EDIT, request_method="GET")
def open_rate(context: Tariff, request: Request) -> Response:
    """A rate has no page but its form."""
    return HTTPSeeOther(f"/tariffs/{context.row.id}/edit")


@view_defaults(
    context=Tariff, name="edit", permission=Permission.TARIFFS_EDIT, renderer=f"{TEMPLATES}/rate-form.jinja2"
)
class EditRate:
    """Change a rate."""

    def __init__(self, context: Tariff, request: Request) -> None:
        self.context, self.request = context, request
        self.form = choices.rate_form(request, context.row)

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"form": self.form, "rate": self.context.row}

    @view_config(request_method="POST")
    def save(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            return self.ask() | refuse(self.request, self.form)
        try:
            tariffs.change_rate(
                self.request.dbsession, Actor.of(self.request.identity), self.context.row, self.form.data
            )
        except RefusedError as refused:
            return self.ask() | refuse(self.request, self.form, refused)
        return HTTPSeeOther(f"/rate-decks/{self.context.row.deck_id}?prefix={self.context.row.prefix}")


@view_defaults(
    context=Tariff, name="delete", permission=Permission.TARIFFS_EDIT, renderer=f"{TEMPLATES}/delete.jinja2"
)
class DeleteRate:
    """Ask, and delete a rate."""

    def __init__(self, context: Tariff, request: Request) -> None:
        self.context, self.request = context, request

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        rate = self.context.row
        consequence = "The next shorter prefix prices its numbers then; without one they cannot be called."
        return removal("rate", tariffs.name_of(rate), f"/tariffs/{rate.id}", consequence, "")

    @view_config(request_method="POST")
    def delete(self) -> Response:
        deck_id = self.context.row.deck_id
        tariffs.delete_rate(self.request.dbsession, Actor.of(self.request.identity), self.context.row)
        return HTTPSeeOther(f"/rate-decks/{deck_id}")
