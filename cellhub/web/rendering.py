"""What every template finds: the reader, the menu, assets, the CSRF token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.csrf import get_csrf_token
from pyramid.events import BeforeRender

from cellhub.web.bundles import hashed_name
from cellhub.web.environment import equip
from cellhub.web.live import live_url
from cellhub.web.menu import menu_for

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request

THEMES = ("light", "dark")


def includeme(config: Configurator) -> None:
    """Equip Jinja and fill the context of each page."""
    config.add_settings({"jinja2.undefined": "strict", "jinja2.i18n.domain": "cellhub"})
    config.add_jinja2_search_path("cellhub.web:templates")
    config.action(None, lambda: equip(config.get_jinja2_environment()), order=999)
    config.add_subscriber(_fill, BeforeRender)


def _fill(event: BeforeRender) -> None:
    request = event["request"]
    if request is None:
        return
    event["asset"] = lambda name: f"/static/{hashed_name(name)}"
    event["theme"] = _theme(request)
    event["path"] = request.path
    event["live_url"] = live_url(request)
    # A page about a lost database cannot ask it who is reading.
    bare = isinstance(event.rendering_val, dict) and event.rendering_val.get("bare", False)
    identity = None if bare else request.identity
    event["identity"] = identity
    event["csrf_token"] = "" if bare else get_csrf_token(request)
    event["clock"] = identity.time_zone if identity else "UTC"
    event["zone"] = event["clock"]
    event["currency"] = identity.currency if identity else ""
    event["menu"] = menu_for(identity, request.path) if identity else []


def _theme(request: Request) -> str:
    """The reader's choice, or empty: then the browser's own."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else ""
