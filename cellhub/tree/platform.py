"""Places in the tree for what belongs to no tenant: for whoever keeps the platform alone."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar

from pyramid.httpexceptions import HTTPForbidden

from cellhub.db.scope import Scope, within
from cellhub.security.roles import Role

if TYPE_CHECKING:
    from pyramid.request import Request


class PlatformResource:
    """One thing of the platform, by the name that its address has; its view looks whether it is there."""

    def __init__(self, container: PlatformContainer, key: str) -> None:
        self.__parent__ = container
        self.__name__ = key
        self.request = container.request


class PlatformContainer:
    """Things of the platform: all other roles are refused before a name is looked at.

    A superadmin works in one tenant, whose rows are all that the transaction sees. What is done here
    is done in :func:`seen`, which opens the second wall for as long as it lasts.
    """

    name: ClassVar[str]
    resource: ClassVar[type[PlatformResource]] = PlatformResource
    own_views: ClassVar[frozenset[str]] = frozenset({"new"})
    """Names below it that are views of its own and no thing."""

    def __init__(self, parent: Any, request: Request) -> None:
        if request.identity.role is not Role.SUPERADMIN:
            raise HTTPForbidden
        self.__parent__ = parent
        self.__name__ = self.name
        self.request = request

    def __getitem__(self, key: str) -> PlatformResource:
        if key in self.own_views:
            raise KeyError(key)
        return self.resource(self, key)


def seen(request: Request) -> AbstractContextManager[None]:
    """Let a view of the platform see every tenant while the block lasts."""
    return within(request.dbsession, Scope.platform())
