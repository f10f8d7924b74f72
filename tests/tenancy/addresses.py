"""Where the rows of the tree are, for somebody who is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.db.scope import Scope, within
from cellhub.db.tenancy import Tenant
from cellhub.security.identity import Identity
from cellhub.tree import Container
from cellhub.updates.models import UpdateRun
from tests.tenancy.application import (
    Place,
    View,
    is_of_one_thing,
    is_root_view,
    places_of,
    platform_container_of,
)

A_THING: dict[str, Any] = {
    "tenants": select(Tenant.slug).where(Tenant.slug == "north"),
    "updates": select(UpdateRun.id),
}
"""By the name of a container of the platform, how to find one of its things."""


class Addresses:
    """The rows that the tree gives to ``identity``; ``session`` has entered the scope to look in."""

    def __init__(self, session: Session, identity: Identity) -> None:
        self.session = session
        self.identity = identity

    def rows(self, place: Place) -> list[str]:
        """The addresses of all rows of ``place``."""
        rows: list[tuple[str, Any]] = [("", None)]
        for container in place.chain:
            rows = [below for path, row in rows for below in self._rows_below(path, row, container)]
        return sorted(path for path, _ in rows)

    def _rows_below(self, path: str, row: Any, container: type[Container]) -> Iterator[tuple[str, Any]]:
        tree = container(row, SimpleNamespace(identity=self.identity, dbsession=self.session))
        for found in self.session.scalars(tree.query()):
            yield f"{path}/{tree.name}/{tree.key_of(found)}", tree.resource(tree, found)

    def bases(self, view: View) -> list[str]:
        """The addresses of what ``view`` hangs on: the root, a container, or the first row in one."""
        if is_root_view(view):
            return [""]
        if platform := platform_container_of(view):
            below = self._things(platform.name) if is_of_one_thing(view) else [""]
            return [f"/{platform.name}{one}" for one in below]
        return [base for place in places_of(view) for base in self._bases_in(place, view)]

    def _things(self, name: str) -> list[str]:
        """One thing of the platform, whoever asks: its pages are to be refused to all others."""
        with within(self.session, Scope.platform()):
            return [f"/{self.session.scalar(A_THING[name])}"]

    def _bases_in(self, place: Place, view: View) -> list[str]:
        if place.holds(view):
            return self.rows(place)[:1]
        *above, container = place.chain
        outer = self.rows(Place(tuple(above)))[:1] if above else [""]
        return [f"{path}/{container.name}" for path in outer]


def path_to(view: View, base: str) -> str:
    """The address of ``view`` on the container, row or root at ``base``."""
    return (f"{base}/{view.name}" if view.name else base or "/") + view.query
