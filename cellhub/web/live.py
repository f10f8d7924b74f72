"""Where a browser finds the live process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.request import Request


def live_url(request: Request) -> str:
    """The stream's address: as set, or the host that the browser used at the live port."""
    settings = request.registry.cellhub
    if settings.live_url:
        return str(settings.live_url)
    return f"{request.scheme}://{request.domain}:{settings.live_port}/events"
