"""The page of what was found: ``/search?q=``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pyramid.view import view_config

from cellhub.search.finders import LONGEST, SHORTEST, find
from cellhub.security.roles import Permission
from cellhub.tree import Root
from cellhub.web.lists import NUL

if TYPE_CHECKING:
    from pyramid.request import Request


@view_config(
    context=Root,
    name="search",
    permission=Permission.PROFILE,
    request_method="GET",
    renderer="cellhub.search:templates/search.jinja2",
)
def search(context: Root, request: Request) -> dict[str, Any]:
    """Find what the reader typed, or say what to type."""
    wanted = request.GET.get("q", "").replace(NUL, "").strip()[:LONGEST]
    enough = len(wanted) >= SHORTEST
    return {
        "wanted": wanted,
        "enough": enough,
        "shortest": SHORTEST,
        "groups": find(request.dbsession, request.identity, wanted) if enough else [],
        "quoted": quote(wanted),
    }
