"""Somebody at a browser: the portal as a role, and the rows that this role has."""

from __future__ import annotations

from webtest import TestApp, TestResponse

from cellhub.db.scope import Scope, enter_scope
from cellhub.security.tickets import COOKIE, identity_of
from tests.factories.world import World
from tests.tenancy.addresses import Addresses
from tests.tenancy.application import Place, View


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
        return self._addresses(scope).rows(place)

    def bases(self, view: View) -> list[str]:
        """The addresses of what ``view`` hangs on: the root, a container, or the first row in one."""
        return self._addresses(None).bases(view)

    def _addresses(self, scope: Scope | None) -> Addresses:
        session = self.world.see_everything()
        identity = identity_of(session, self.app.cookies[COOKIE].strip('"'))
        assert identity is not None
        enter_scope(session, scope or identity.scope)
        return Addresses(session, identity)
