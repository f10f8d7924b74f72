"""My Profile: ``/profile``, and the deeds under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config, view_defaults

from cellhub.accounts.refusal import RefusedError
from cellhub.security.roles import Permission
from cellhub.security.tickets import COOKIE, digest
from cellhub.settings import services
from cellhub.settings.forms import NameForm, PasswordForm
from cellhub.tree import Root

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

TEMPLATE = "cellhub.settings:templates/profile.jinja2"
HERE = "/profile"


@view_defaults(context=Root, permission=Permission.PROFILE, renderer=TEMPLATE)
class Profile:
    """A person's own page, and the forms on it."""

    def __init__(self, context: Root, request: Request) -> None:
        self.context, self.request = context, request
        self.session, self.identity = request.dbsession, request.identity

    @view_config(name="profile", request_method="GET")
    def show(self) -> dict[str, Any]:
        return self._page()

    @view_config(name="profile", request_method="POST")
    def rename(self) -> dict[str, Any] | Response:
        form = NameForm(self.request.POST)
        if not form.validate():
            return self._refused(name_form=form)
        with services.own_login(self.session, self.identity) as login:
            services.rename(self.session, login, form.name.data)
        return HTTPSeeOther(HERE)

    @view_config(name="profile-password", request_method="POST")
    def change_password(self) -> dict[str, Any] | Response:
        form = PasswordForm(self.request.POST)
        if not form.validate():
            return self._refused(password_form=form)
        try:
            self._change_password(form)
        except RefusedError as refused:
            form[refused.field].errors = [str(refused)]
            return self._refused(password_form=form)
        return HTTPSeeOther(f"{HERE}?done=password")

    def _change_password(self, form: PasswordForm) -> None:
        with services.own_login(self.session, self.identity) as login:
            services.change_password(
                self.session,
                login,
                old=form.old.data,
                new=form.new.data,
                token=self.request.cookies[COOKIE],
                remote_addr=self.request.remote_addr,
            )

    @view_config(name="profile-sign-out", request_method="POST")
    def sign_out_browser(self) -> Response:
        try:
            token_hash = bytes.fromhex(self.request.POST.get("ticket", ""))
        except ValueError:
            raise HTTPNotFound from None
        with services.own_login(self.session, self.identity) as login:
            ended = services.end_ticket(self.session, login, token_hash)
        if not ended:
            raise HTTPNotFound
        return HTTPSeeOther(HERE)

    def _refused(self, **forms: Any) -> dict[str, Any]:
        self.request.response.status_int = 400
        return self._page(**forms)

    def _page(
        self, name_form: NameForm | None = None, password_form: PasswordForm | None = None
    ) -> dict[str, Any]:
        with services.own_login(self.session, self.identity) as login:
            return {
                "login": login,
                "name_form": name_form or NameForm(data={"name": login.name}),
                "password_form": password_form or PasswordForm(),
                "tickets": services.open_tickets(self.session, login),
                "this_ticket": digest(self.request.cookies[COOKIE]),
                "password_changed": self.request.GET.get("done") == "password",
            }
