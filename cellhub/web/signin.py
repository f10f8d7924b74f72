"""Sign in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.security import NO_PERMISSION_REQUIRED, forget, remember
from pyramid.view import view_config, view_defaults
from wtforms import Form, PasswordField, StringField
from wtforms.validators import InputRequired

from cellhub.security import signin
from cellhub.security.roles import Permission, Role
from cellhub.security.tickets import COOKIE, revoke, work_in
from cellhub.tree import Root

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request
    from pyramid.response import Response

HOUR = 3600


def includeme(config: Configurator) -> None:
    """Register the views of this module."""
    config.scan(__name__)


class SignInForm(Form):
    """What a person types to get in."""

    # PostgreSQL's text cannot hold a NUL, and nobody's address does.
    email = StringField(
        "Email",
        [InputRequired("Write your email address.")],
        filters=[lambda typed: typed and typed.replace("\0", "")],
    )
    password = PasswordField("Password", [InputRequired("Write your password.")])


@view_defaults(context=Root, name="login", permission=NO_PERMISSION_REQUIRED)
class SignIn:
    """The one page that strangers see."""

    def __init__(self, context: Root, request: Request) -> None:
        self.request = request
        self.form = SignInForm(request.POST)

    @view_config(request_method="GET", renderer="login.jinja2")
    def show(self) -> dict[str, Any] | Response:
        if self.request.identity is not None:
            return HTTPSeeOther(self._destination())
        return self._page("")

    @view_config(request_method="POST", renderer="login.jinja2")
    def enter(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            return self._page("")
        settings = self.request.registry.cellhub
        outcome = signin.sign_in(
            self.request.dbsession,
            self.form.email.data,
            self.form.password.data,
            hours=settings.session_hours,
            remote_addr=self.request.remote_addr,
            user_agent=self.request.user_agent or "",
        )
        if outcome.token is None:
            self.request.response.status_int = 429 if outcome.wait else 400
            return self._page(outcome.sentence)
        headers = remember(self.request, outcome.token, max_age=settings.session_hours * HOUR)
        return HTTPSeeOther(self._destination(), headers=headers)

    def _page(self, problem: str) -> dict[str, Any]:
        return {"form": self.form, "problem": problem, "next": self._destination()}

    def _destination(self) -> str:
        """Go back to where the reader was sent from; never to another site."""
        wanted = self.request.params.get("next", "/")
        # A browser drops tabs and line breaks, and may then read another site's name.
        is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
        return wanted if is_local else "/"


@view_config(context=Root, name="logout", permission=Permission.PROFILE, request_method="POST")
def sign_out(context: Root, request: Request) -> Response:
    """End the ticket, on the server as well as in the browser."""
    revoke(request.dbsession, request.cookies[COOKIE])
    return HTTPSeeOther("/login", headers=forget(request))


@view_config(context=Root, name="work-in", permission=Permission.PROFILE, request_method="POST")
def choose_tenant(context: Root, request: Request) -> Response:
    """Let a superadmin work in another tenant."""
    chosen = request.POST.get("tenant", "")
    if request.identity.role is not Role.SUPERADMIN or chosen not in {
        str(t.id) for t in request.identity.tenants
    }:
        raise HTTPNotFound
    work_in(request.dbsession, request.cookies[COOKIE], int(chosen))
    return HTTPSeeOther("/")
