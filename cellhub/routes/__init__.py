"""Routes: the trunks by which calls leave, and what each makes of a number.

The softswitch knows a trunk as ``trunk-NAME`` from files that are rendered anew whenever a
trunk changes; the agent chooses trunks by the rules of :mod:`cellhub.domain.routing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Put the trunks into the tree."""
    # The agent uses this room's models and has no Pyramid.
    from cellhub.routes.resources import Trunks  # noqa: PLC0415

    config.add_container(Trunks)
    config.scan("cellhub.routes.views")
