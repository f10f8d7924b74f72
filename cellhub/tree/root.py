"""The root of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.authorization import Allow
from pyramid.httpexceptions import HTTPForbidden

from cellhub.security.roles import GRANTS

if TYPE_CHECKING:
    from pyramid.request import Request

    from cellhub.tree.container import Container
    from cellhub.tree.platform import PlatformContainer


class Root:
    """Holds the containers that rooms registered, and the access list of everything below."""

    __parent__ = None
    __name__ = ""

    def __init__(self, request: Request) -> None:
        self.request = request

    def __getitem__(self, name: str) -> Container | PlatformContainer:
        registry = self.request.registry
        container = (registry.containers | registry.platform_containers)[name]
        if self.request.identity is None:
            raise HTTPForbidden  # a stranger, or an ended ticket: no scope to look anything up in
        found: Container | PlatformContainer = container(self, self.request)
        return found

    # A method: Pyramid swallows an error inside an __acl__ property and asks the parent.
    def __acl__(self) -> list[tuple[Any, str, str]]:
        return [(Allow, role, permission) for permission, roles in GRANTS.items() for role in roles]
