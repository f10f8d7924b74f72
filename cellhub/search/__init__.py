"""Find users, SIP users, numbers, calls and pages by a few characters, in the reader's scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Put the search at the root."""
    config.scan("cellhub.search.views")
