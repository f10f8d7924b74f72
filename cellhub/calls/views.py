"""CDR: the list, its CSV, deletion, and the page of one call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from cellhub.accounts.audit import Actor
from cellhub.calls import services
from cellhub.calls.columns import COLUMNS, Column, csv_row, titled
from cellhub.calls.costs import cost_of, viewers_cost
from cellhub.calls.explanation import explain, sentence
from cellhub.calls.filters import cdr_filters
from cellhub.calls.legs import time_line
from cellhub.calls.models import Cdr
from cellhub.calls.resources import CALL_ID, Cdrs
from cellhub.security.roles import Permission
from cellhub.tree import Resource
from cellhub.web.lists import Filtered, Keyset, address, apply_filters, csv_response
from cellhub.web.parsing import moment

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

NEWEST_FIRST = Keyset((Cdr.started_at, Cdr.call_id), (moment, str), descending=True)


@view_defaults(context=Cdrs, permission=Permission.CDR)
class CdrList:
    """The records that match the filters in the URL."""

    def __init__(self, context: Cdrs, request: Request) -> None:
        self.context, self.request = context, request
        self.identity = request.identity
        self.filters = cdr_filters(self.identity.time_zone, with_trunk=self.identity.may(Permission.TRUNKS))
        self.cost = viewers_cost(self.identity)

    @view_config(request_method="GET", renderer="cellhub.calls:templates/cdr.jinja2")
    def show(self) -> dict[str, Any]:
        filtered = self._filtered()
        page = NEWEST_FIRST.page(self.request.dbsession, self.request, filtered.query)
        return {
            "filtered": filtered,
            "filters": self.filters,
            "page": page,
            "totals": services.totals(self.request.dbsession, filtered.query, self.cost),
            "columns": titled(self._columns(), self.identity.currency),
            "export_href": f"/cdr/export?{self.request.query_string}",
            "unfiltered": self.request.path,
            "cost_of": cost_of,
        }

    @view_config(name="export", request_method="GET")
    def export(self) -> Response:
        query = NEWEST_FIRST.ordered(self._filtered().certain)
        columns = self._columns()
        return csv_response("cdr.csv", [c.csv for c in columns], self._rows(query, columns))

    def _rows(self, query: Any, columns: list[Column]) -> Iterator[list[Any]]:
        factory = self.request.registry.session_factory
        for cdr, cost in services.export(factory, self.identity.scope, query, self.cost):
            yield csv_row(columns, cdr, cost, self.identity.time_zone)

    @view_config(request_method="POST", permission=Permission.CDR_DELETE)
    def delete(self) -> Response:
        everything = bool(self.request.POST.get("all_matching"))
        chosen = None if everything else list(filter(CALL_ID.fullmatch, self.request.POST.getall("id")))
        query, asked = self._filtered().certain, self._asked()
        services.delete(self.request.dbsession, Actor.of(self.identity), query, chosen, asked)
        return HTTPSeeOther(address(self.request))

    def _columns(self) -> list[Column]:
        return [column for column in COLUMNS if self.identity.may(column.permission)]

    def _asked(self) -> dict[str, str]:
        """The filters in the URL as they were typed, and nothing else that it holds."""
        typed = {one.name: self.request.GET.get(one.name, "").strip() for one in self.filters}
        return {name: text for name, text in typed.items() if text}

    def _filtered(self) -> Filtered:
        return apply_filters(self.request, self.context.query(), self.filters)


@view_config(
    context=Resource,
    containment=Cdrs,
    permission=Permission.CDR,
    request_method="GET",
    renderer="cellhub.calls:templates/call.jinja2",
)
def call(context: Resource, request: Request) -> dict[str, Any]:
    """Show why one call cost what it cost."""
    cdr, identity = context.row, request.identity
    why = explain(request.dbsession, cdr, identity)
    return {
        "cdr": cdr,
        "why": why,
        "went": sentence(cdr),
        "cost": cost_of(identity, cdr),
        "legs": time_line(cdr, why.attempts, identity.time_zone),
    }
