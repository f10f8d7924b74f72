"""Headers of every answer: what a browser may load, and that nobody caches or frames a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.events import NewResponse

from cellhub.web.live import live_url

if TYPE_CHECKING:
    from pyramid.config import Configurator

STATIC = "/static/"

POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self' {live}; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)


def includeme(config: Configurator) -> None:
    """Set the headers on every response."""
    config.add_subscriber(_set_headers, NewResponse)


def _set_headers(event: NewResponse) -> None:
    headers = event.response.headers
    headers["Content-Security-Policy"] = POLICY.format(live=live_url(event.request))
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    # Not request.path, which fails on an address that is no UTF-8.
    if not event.request.environ["PATH_INFO"].startswith(STATIC):
        headers["Cache-Control"] = "no-store"
