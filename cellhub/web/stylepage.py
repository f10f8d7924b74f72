"""The style page: every component once, for those who write pages and for the tests' pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.view import view_config

from cellhub.security.roles import Permission
from cellhub.tree import Root
from cellhub.web.style import style_page

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.scan(__name__)


@view_config(context=Root, name="style", permission=Permission.STYLE, renderer="style.jinja2")
def style(context: Root, request: Request) -> dict[str, Any]:
    """Show every component."""
    return style_page()
