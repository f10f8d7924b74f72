"""The first page after the log-in: what happens now, what today brought, who is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Put the dashboard at the root."""
    config.scan("cellhub.dashboard.views")
