"""Tenants: the companies of the platform, for whoever keeps it.

On one machine there is one, whose terms are a row. In a cluster each is a resource Tenant, the same
that ``kubectl apply`` makes, and the operator follows with its row and its softswitch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Put the tenants into the tree."""
    from cellhub.tenants.resources import Tenants  # noqa: PLC0415  the operator has no Pyramid

    config.add_platform_container(Tenants)
    config.scan("cellhub.tenants.views")
