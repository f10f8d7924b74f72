"""Headers of every answer: what a browser may load, and that nobody caches or frames a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyramid.events import NewResponse
from pyramid.httpexceptions import HTTPBadRequest
from pyramid.tweens import INGRESS

from cellhub.web.live import live_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyramid.config import Configurator
    from pyramid.registry import Registry
    from pyramid.request import Request
    from pyramid.response import Response

    Handler = Callable[[Request], Response]

STATIC = "/static/"
# What may stand in the policy below: a name or an address, and a port.
HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")

POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self' {live}; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)


def includeme(config: Configurator) -> None:
    """Set the headers on every response."""
    config.add_subscriber(_set_headers, NewResponse)
    config.add_tween("cellhub.web.headers.only_host_names", under=INGRESS)


def only_host_names(handler: Handler, registry: Registry) -> Handler:
    """Refuse a Host header that would write something else into an answer's headers."""

    def tween(request: Request) -> Response:
        if HOST.fullmatch(request.host):
            return handler(request)
        return HTTPBadRequest("The Host header holds no host name.")

    return tween


def _set_headers(event: NewResponse) -> None:
    headers = event.response.headers
    headers["Content-Security-Policy"] = POLICY.format(live=live_url(event.request))
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    # Not request.path, which fails on an address that is no UTF-8.
    if not event.request.environ["PATH_INFO"].startswith(STATIC):
        headers["Cache-Control"] = "no-store"
