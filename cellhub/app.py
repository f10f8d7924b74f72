"""The portal as a WSGI application: ordered includes, nothing else."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.router import Router

from cellhub.environment import Settings, load

BASES = ("cellhub.security", "cellhub.tree", "cellhub.cluster", "cellhub.web")
ROOMS = (
    "cellhub.dashboard",
    "cellhub.accounts",
    "cellhub.sip",
    "cellhub.rates",
    "cellhub.routes",
    "cellhub.calls",
    "cellhub.settings",
    "cellhub.tenants",
    "cellhub.updates",
    "cellhub.search",
)


def make_app(settings: Settings) -> Router:
    """Build the portal for ``settings``."""
    config = Configurator()
    config.registry.cellhub = settings
    for name in (*BASES, *ROOMS):
        config.include(name)
    return config.make_wsgi_app()


def main(global_config: dict[str, str] | None = None, **local: Any) -> Router:
    """Entry point of WSGI servers; everything is set by the environment."""
    return make_app(load())
