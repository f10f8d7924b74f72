"""Somebody at a browser: the portal as a role, and the rows that this role has."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from webtest import TestApp, TestResponse

from cellhub.db.scope import Scope, enter_scope
from cellhub.security.identity import Identity
from cellhub.security.tickets import COOKIE, identity_of
from cellhub.tree import Container
from tests.factories.world import World
from tests.tenancy.application import Place, View, is_root_view, places_of


class Visitor:
    """A signed-in role, or with no ticket a stranger."""

    def __init__(self, app: TestApp, world: World) -> None:
        self.app = app
        self.world = world
        self._token = ""

    def send(self, method: str, path: str) -> TestResponse:
        """Ask for ``path``; a POST carries a right token and nothing else."""
        if method == "GET":
            return self.app.get(path, expect_errors=True)
        form = {"csrf_token": self.csrf_token} if COOKIE in self.app.cookies else {}
        return self.app.post(path, form, expect_errors=True)

    @property
    def csrf_token(self) -> str:
        """The token of this browser's forms."""
        if not self._token:
            page = self.app.get("/style", expect_errors=True)
            self._token = page.html.select_one("input[name=csrf_token]")["value"]
        return self._token

    def rows(self, place: Place, scope: Scope | None = None) -> list[str]:
        """The addresses of all rows of ``place`` that exist for this visitor.

        ``scope`` is the second wall's; without it, the visitor's own.
        """
        session = self.world.see_everything()
        identity = identity_of(session, self.app.cookies[COOKIE].strip('"'))
        assert identity is not None
        enter_scope(session, scope or identity.scope)
        rows: list[tuple[str, Any]] = [("", None)]
        for container in place.chain:
            rows = [below for path, row in rows for below in self._rows_below(path, row, container, identity)]
        return sorted(path for path, _ in rows)

    def _rows_below(
        self, path: str, row: Any, container: type[Container], identity: Identity
    ) -> Iterator[tuple[str, Any]]:
        tree = container(row, SimpleNamespace(identity=identity, dbsession=self.world.session))
        for found in self.world.session.scalars(tree.query()):
            yield f"{path}/{tree.name}/{tree.key_of(found)}", tree.resource(tree, found)

    def bases(self, view: View) -> list[str]:
        """The addresses of what ``view`` hangs on: the root, a container, or the first row in one."""
        if is_root_view(view):
            return [""]
        return [base for place in places_of(view) for base in self._bases_in(place, view)]

    def _bases_in(self, place: Place, view: View) -> list[str]:
        if place.holds(view):
            return self.rows(place)[:1]
        *above, container = place.chain
        outer = self.rows(Place(tuple(above)))[:1] if above else [""]
        return [f"{path}/{container.name}" for path in outer]


def path_to(view: View, base: str) -> str:
    """The address of ``view`` on the container, row or root at ``base``."""
    return (f"{base}/{view.name}" if view.name else base or "/") + view.query
