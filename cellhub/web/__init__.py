"""The portal's base: what every page has, so that a room writes only its own.

Order of a request: the retry and transaction tweens open a transaction, the ticket
policy reads who is asking and enters their scope, the tree narrows, the view asks for
its permission, the template renders inside the layout, and the transaction commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator

YEAR = 365 * 24 * 3600


def includeme(config: Configurator) -> None:
    """Include the parts of the base in the order in which they build on each other."""
    config.include("cellhub.web.attempts")
    config.include("cellhub.web.measuring")
    config.include("pyramid_tm")
    config.include("pyramid_jinja2")
    config.include("cellhub.web.database")
    config.include("cellhub.web.headers")
    config.include("cellhub.web.rendering")
    config.include("cellhub.web.errors")
    # The names of built files carry their hash, so a browser may keep them for ever.
    config.add_static_view("static", "cellhub.web:static/dist", cache_max_age=YEAR)
    config.include("cellhub.web.signin")
    config.include("cellhub.web.stylepage")
    config.include("cellhub.web.healthz")
