"""The resource tree, the first wall between tenants.

The root knows the containers that rooms registered (``/users``, ``/cdr``); a container
knows the rows of its model, narrowed to the scope of whoever asks; a row outside is a
``KeyError``, and so a 404 that looks like a row that never was. Access lists hang on
the root and read the one table of :mod:`cellhub.security.roles`.

A container narrows in its own query, by :mod:`cellhub.tree.narrowing`. Row-level
security narrows again below, from the same scope by other means: a mistake in one wall
does not open the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellhub.tree.container import Container, Resource
from cellhub.tree.platform import PlatformContainer, PlatformResource
from cellhub.tree.root import Root

if TYPE_CHECKING:
    from pyramid.config import Configurator

__all__ = ["Container", "PlatformContainer", "PlatformResource", "Resource", "Root"]


def includeme(config: Configurator) -> None:
    """Give the configurator ``add_container`` and ``add_platform_container``, and the tree its root."""
    config.registry.containers = {}
    config.registry.platform_containers = {}
    config.add_directive("add_container", _add_container)
    config.add_directive("add_platform_container", _add_platform_container)
    config.set_root_factory(Root)


def _add_container(config: Configurator, factory: type[Container]) -> None:
    config.action(
        ("container", factory.name), lambda: config.registry.containers.update({factory.name: factory})
    )


def _add_platform_container(config: Configurator, factory: type[PlatformContainer]) -> None:
    place = config.registry.platform_containers
    config.action(("container", factory.name), lambda: place.update({factory.name: factory}))
