"""One SIP user: its page with the form, and what is done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config, view_defaults

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import RefusedError
from cellhub.db.tenancy import Account
from cellhub.security.roles import Permission
from cellhub.sip import choices, services
from cellhub.sip.contacts import contacts_of, state_of
from cellhub.sip.resources import SipUserResource
from cellhub.sip.views.sip_users import TEMPLATES, blame, number_preview, phone_of, shown_once

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response


class Page:
    """What every page of a SIP user knows."""

    def __init__(self, context: SipUserResource, request: Request) -> None:
        self.context, self.request = context, request
        self.sip_user = context.row
        self.session = request.dbsession
        self.actor = Actor.of(request.identity)
        self.here = f"/sip-users/{self.sip_user.id}"

    def owner(self, account_id: int | None = None) -> Account:
        """The account that pays, or the one that is to pay."""
        key = (self.sip_user.tenant_id, account_id or self.sip_user.account_id)
        return self.session.get_one(Account, key)


@view_defaults(context=SipUserResource, renderer=f"{TEMPLATES}/sip-user.jinja2")
class SipUserPage(Page):
    """Look at a SIP user and change it."""

    def __init__(self, context: SipUserResource, request: Request) -> None:
        super().__init__(context, request)
        self.form = choices.edit_form(self.session, request.identity, self.sip_user, request.POST)

    @view_config(request_method="GET", permission=Permission.SIP_USERS)
    def show(self) -> dict[str, Any]:
        return self._page()

    @view_config(request_method="POST", permission=Permission.SIP_USERS_EDIT)
    def save(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            return self._refused(None)
        chosen = self.form.owner.data if "owner" in self.form else None
        try:
            services.change_sip_user(
                self.session, self.actor, self.sip_user, self.owner(chosen), self.form.settings()
            )
        except RefusedError as refused:
            return self._refused(refused)
        return HTTPSeeOther(self.here)

    def _refused(self, refused: RefusedError | None) -> dict[str, Any]:
        blame(self.request, self.form, refused)
        return self._page()

    def _page(self) -> dict[str, Any]:
        contacts = contacts_of(self.session, [self.sip_user])[self.sip_user.id]
        rule = number_preview(self.form.strip_prefix.data or "", self.form.add_prefix.data or "")
        return {
            "form": self.form,
            "sip_user": self.sip_user,
            "owner": self.owner(),
            "contacts": contacts,
            "state_word": state_of(self.sip_user, contacts),
            "calls": services.running_calls(self.session, self.sip_user),
            "phone": phone_of(self.request, self.sip_user),
            "here": self.here,
            **rule,
        }


@view_defaults(
    context=SipUserResource,
    name="secret",
    permission=Permission.SIP_USERS_EDIT,
    renderer=f"{TEMPLATES}/secret.jinja2",
)
class RenewSecret(Page):
    """Make a new secret and show it, this once."""

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"sip_user": self.sip_user, "here": self.here, "secret": ""}

    @view_config(request_method="POST")
    def renew(self) -> dict[str, Any]:
        secret = services.renew_secret(self.session, self.actor, self.sip_user)
        return {
            "sip_user": self.sip_user,
            "here": self.here,
            **shown_once(self.request, self.sip_user, secret),
        }


@view_defaults(
    context=SipUserResource,
    name="enabled",
    permission=Permission.SIP_USERS_CREATE,
    renderer=f"{TEMPLATES}/enabled.jinja2",
)
class Switch(Page):
    """Enable or disable."""

    def __init__(self, context: SipUserResource, request: Request) -> None:
        super().__init__(context, request)
        wanted = request.params.get("to", "")
        if wanted not in ("yes", "no"):
            raise HTTPNotFound
        self.enabled = wanted == "yes"

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"sip_user": self.sip_user, "here": self.here, "enabled": self.enabled}

    @view_config(request_method="POST")
    def switch(self) -> Response:
        services.set_enabled(self.session, self.actor, self.sip_user, enabled=self.enabled)
        return HTTPSeeOther(self.here)


@view_defaults(
    context=SipUserResource,
    name="delete",
    permission=Permission.SIP_USERS_CREATE,
    renderer=f"{TEMPLATES}/delete.jinja2",
)
class Delete(Page):
    """Take a SIP user away."""

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return self._dialog("")

    @view_config(request_method="POST")
    def delete(self) -> dict[str, Any] | Response:
        try:
            services.delete_sip_user(self.session, self.actor, self.sip_user)
        except RefusedError as refused:
            self.request.response.status_int = 409
            return self._dialog(str(refused))
        return HTTPSeeOther("/sip-users")

    def _dialog(self, problem: str) -> dict[str, Any]:
        return {"sip_user": self.sip_user, "owner": self.owner(), "here": self.here, "problem": problem}
