"""Somebody at a browser: the portal as a role, and the rows that this role has."""

from __future__ import annotations

from types import SimpleNamespace

from webtest import TestApp, TestResponse

from cellhub.db.scope import enter_scope
from cellhub.security.tickets import COOKIE, identity_of
from cellhub.tree import Container
from tests.factories.world import World
from tests.tenancy.application import View, containers_of, is_inside, is_root_view


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

    def keys(self, container: type[Container]) -> list[str]:
        """The path segments of all rows of ``container`` that exist for this visitor."""
        session = self.world.see_everything()
        identity = identity_of(session, self.app.cookies[COOKIE].strip('"'))
        assert identity is not None
        tree = container(None, SimpleNamespace(identity=identity, dbsession=session))
        enter_scope(session, identity.scope)
        return sorted(tree.key_of(row) for row in session.scalars(tree.query()))

    def paths_to(self, view: View) -> list[str]:
        """Where ``view`` is found for this visitor: on a row of theirs where it needs one."""
        if is_root_view(view):
            return [f"/{view.name}{view.query}"]
        paths = []
        for container in containers_of(view):
            keys = self.keys(container)[:1] if is_inside(view, container) else [""]
            paths += [path_to(view, container, key) for key in keys]
        return paths


def path_to(view: View, container: type[Container], key: str = "") -> str:
    """The address of ``view`` on ``container``, or on the row ``key`` in it."""
    segments = [part for part in (container.name, key, view.name) if part]
    return f"/{'/'.join(segments)}{view.query}"
