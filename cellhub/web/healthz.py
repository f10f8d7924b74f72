"""Probes: alive without the database, ready with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from sqlalchemy import text

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request


def includeme(config: Configurator) -> None:
    """Answer at /healthz and /readyz, to anybody, with one word."""
    for name, view in (("healthz", alive), ("readyz", ready)):
        config.add_route(name, f"/{name}")
        config.add_view(view, route_name=name, permission=NO_PERMISSION_REQUIRED)


def alive(request: Request) -> Response:
    """The process answers."""
    return Response("ok\n", content_type="text/plain")


def ready(request: Request) -> Response:
    """The process answers and its database too; a failure is the error page's 503."""
    request.dbsession.execute(text("SELECT 1"))
    return Response("ok\n", content_type="text/plain")
