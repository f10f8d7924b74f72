"""Containers and the resources in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import ColumnElement, Select, select

from cellhub.db.ids import read_id
from cellhub.tree.narrowing import narrow, within_account

if TYPE_CHECKING:
    from pyramid.request import Request


class Resource:
    """One row in the tree; ``row`` is the model's instance."""

    def __init__(self, container: Container, row: Any) -> None:
        self.__parent__ = container
        self.__name__ = container.key_of(row)
        self.row = row
        self.request = container.request


class Container:
    """The rows of one model that exist for whoever asks.

    A room subclasses it with ``name`` (the path segment), ``model`` and the resource
    class. ``kin`` says which rows of a tenant-wide model an account-wide scope has.
    """

    name: ClassVar[str]
    model: ClassVar[Any]
    resource: ClassVar[type[Resource]] = Resource

    def __init__(self, parent: Any, request: Request) -> None:
        self.__parent__ = parent
        self.__name__ = self.name
        self.request = request

    def __getitem__(self, key: str) -> Resource:
        row = self.request.dbsession.scalar(self.query().where(self.by_key(key)))
        if row is None:
            raise KeyError(key)
        return self.resource(self, row)

    def query(self) -> Select[Any]:
        """All rows of the container, in no order yet."""
        return narrow(select(self.model), self.model, self.request.identity.scope)

    def by_key(self, key: str) -> ColumnElement[bool]:
        """Find a row by its path segment, which is its id; anything else is no row."""
        wanted = read_id(key)
        if wanted is None:
            raise KeyError(key)
        return self.model.id == wanted

    def key_of(self, row: Any) -> str:
        """The path segment of ``row``."""
        return str(row.id)


__all__ = ["Container", "Resource", "within_account"]
