"""Pages for what goes wrong. Each says what happened and what the reader can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import structlog
from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.httpexceptions import HTTPBadRequest, HTTPForbidden, HTTPNotFound, HTTPSeeOther
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cellhub.web.lists import UnusableFilterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyramid.config import Configurator
    from pyramid.registry import Registry
    from pyramid.request import Request
    from pyramid.response import Response

    Handler = Callable[[Request], Response]

log = structlog.get_logger()
TEMPLATE = "cellhub.web:templates/error.jinja2"
BARE = "cellhub.web:templates/error-bare.jinja2"


def includeme(config: Configurator) -> None:
    """Register the error pages; those without a database render without an identity."""
    config.add_forbidden_view(forbidden, renderer=TEMPLATE)
    config.add_notfound_view(not_found, renderer=TEMPLATE)
    for kind in (BadCSRFToken, BadCSRFOrigin):
        config.add_exception_view(stale_form, context=kind, renderer=TEMPLATE)
    for kind in (OperationalError, PoolTimeout):
        config.add_exception_view(database_away, context=kind, renderer=BARE)
    config.add_exception_view(unusable_filter, context=UnusableFilterError, renderer=TEMPLATE)
    config.add_exception_view(unreadable, context=UnicodeDecodeError)
    config.add_exception_view(broken, context=Exception, renderer=BARE)
    config.add_tween("cellhub.web.errors.commit_failures", over="pyramid_tm.tm_tween_factory")


def commit_failures(handler: Handler, registry: Registry) -> Handler:
    """Show the same page when the database goes away at the commit, where no view is left to fail."""

    def tween(request: Request) -> Response:
        try:
            return handler(request)
        except (OperationalError, PoolTimeout):
            return request.invoke_exception_view()

    return tween


def _page(request: Request, status: int, title: str, text: str, *, bare: bool = False) -> dict[str, Any]:
    request.response.status_int = status
    return {"title": title, "text": text, "status": status, "bare": bare}


def forbidden(request: Request) -> dict[str, Any] | Response:
    """Ask a stranger to sign in; tell a known person that the page is not theirs."""
    if request.identity is None:
        after = f"?{urlencode({'next': request.path_qs})}" if request.method == "GET" else ""
        return HTTPSeeOther(f"/login{after}")
    return _page(
        request,
        HTTPForbidden.code,
        "This page is not for your role",
        "Ask your administrator if you need it.",
    )


def not_found(request: Request) -> dict[str, Any]:
    """Say the same for what never was and for what is somebody else's."""
    return _page(
        request, HTTPNotFound.code, "Nothing is here", "The address is wrong, or what it named is gone."
    )


def stale_form(request: Request) -> dict[str, Any]:
    """A form from before the last sign-in, or from another site."""
    return _page(request, 400, "This form is no longer valid", "Go back, reload the page and send it again.")


def unusable_filter(error: UnusableFilterError, request: Request) -> dict[str, Any]:
    """Rather nothing than more than was meant."""
    return _page(request, 400, "A filter cannot be used, so nothing was done", str(error))


def unreadable(error: UnicodeDecodeError, request: Request) -> Response:
    """An address or form that is no UTF-8: no page, since a page would ask for the address again."""
    log.warning("unreadable_request", method=request.method)
    return HTTPBadRequest("The address or what was sent with it is not UTF-8.")


def database_away(error: DBAPIError, request: Request) -> dict[str, Any]:
    """Calls and money wait for the database; the reader may try again."""
    log.error("database_away", path=request.path, reason=type(error).__name__)
    request.response.headers["Retry-After"] = "5"
    text = "Nothing was changed. Try again in a few seconds."
    return _page(request, 503, "The database does not answer", text, bare=True)


def broken(error: Exception, request: Request) -> dict[str, Any]:
    """A fault of ours: logged whole, shown without its insides."""
    log.exception("page_failed", path=request.path, method=request.method)
    text = "It has been written to the log. Nothing was saved."
    return _page(request, 500, "Something went wrong on our side", text, bare=True)
