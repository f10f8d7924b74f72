"""Calls: the records of ended ones, and why each cost what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Put the call records into the tree."""
    # The agent uses this room's models and has no Pyramid.
    from cellhub.calls.resources import Cdrs  # noqa: PLC0415

    config.add_container(Cdrs)
    config.scan("cellhub.calls.views")
