"""SIP Users: the list, its CSV, the number preview, and creating one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pyramid.view import view_config, view_defaults

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import RefusedError
from cellhub.db.ids import read_id
from cellhub.db.tenancy import Account, Tenant
from cellhub.domain.numbers import NumberError, normalise
from cellhub.security.roles import Permission
from cellhub.sip import choices, services
from cellhub.sip.contacts import Contact, contacts_of, state_of
from cellhub.sip.filters import sip_user_filters
from cellhub.sip.models import SipUser
from cellhub.sip.resources import SipUsers
from cellhub.sip.softphone import qr_code, settings_of
from cellhub.web.lists import Filtered, Keyset, apply_filters, csv_response

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

TEMPLATES = "cellhub.sip:templates"
BY_NAME = Keyset((SipUser.username, SipUser.id), (str, int))
SAMPLE = "905551234567"
CSV_HEADER = (
    *("id", "username", "owner", "caller_id_name", "caller_id_number"),
    *("host", "status", "contact", "user_agent", "max_calls"),
)


@view_defaults(context=SipUsers, permission=Permission.SIP_USERS)
class SipUserList:
    """The SIP users that match the filters in the URL."""

    def __init__(self, context: SipUsers, request: Request) -> None:
        self.context, self.request = context, request
        self.owners = choices.owners(request.dbsession, request.identity)
        self.filters = sip_user_filters(self.owners)

    @view_config(request_method="GET", renderer=f"{TEMPLATES}/sip-users.jinja2")
    def show(self) -> dict[str, Any]:
        filtered = self._filtered()
        page = BY_NAME.page(self.request.dbsession, self.request, filtered.query)
        return {
            "filtered": filtered,
            "filters": self.filters,
            "page": page,
            "contacts": contacts_of(self.request.dbsession, page.rows),
            "sip_state": state_of,
            "owners": dict(self.owners),
            "count": services.count(self.request.dbsession, filtered.query),
            "export_href": f"/sip-users/export?{self.request.query_string}",
        }

    @view_config(name="export", request_method="GET")
    def export(self) -> Response:
        rows = self.request.dbsession.scalars(BY_NAME.ordered(self._filtered().certain)).all()
        contacts = contacts_of(self.request.dbsession, rows)
        owners = dict(self.owners)
        lines = [_csv_row(one, owners[one.account_id], contacts[one.id]) for one in rows]
        return csv_response("sip-users.csv", CSV_HEADER, lines)

    def _filtered(self) -> Filtered:
        return apply_filters(self.request, self.context.query(), self.filters)


def _csv_row(sip_user: SipUser, owner: str, contacts: Sequence[Contact]) -> list[Any]:
    latest = contacts[0] if contacts else None
    return [
        sip_user.id,
        sip_user.username,
        owner,
        sip_user.caller_id_name,
        sip_user.caller_id_number,
        sip_user.host,
        state_of(sip_user, contacts),
        latest.address if latest else "",
        latest.user_agent if latest else "",
        sip_user.max_calls,
    ]


@view_config(
    context=SipUsers,
    name="preview",
    permission=Permission.SIP_USERS_EDIT,
    request_method="GET",
    renderer=f"{TEMPLATES}/number-preview.jinja2",
)
def preview(context: SipUsers, request: Request) -> dict[str, Any]:
    """What becomes of a sample number by the rule that is being typed."""
    return number_preview(request.GET.get("strip_prefix", ""), request.GET.get("add_prefix", ""))


def number_preview(strip: str, add: str) -> dict[str, Any]:
    """The sample before and after, or why it cannot be dialled."""
    sample = f"{strip.strip()}{SAMPLE}"
    try:
        return {"sample": sample, "becomes": normalise(sample, strip.strip(), add.strip()), "problem": ""}
    except NumberError as problem:
        return {"sample": sample, "becomes": "", "problem": str(problem)}


@view_defaults(context=SipUsers, name="new", permission=Permission.SIP_USERS_CREATE)
class NewSipUser:
    """Create a SIP user and show its secret, this once."""

    def __init__(self, context: SipUsers, request: Request) -> None:
        self.context, self.request = context, request
        self.session = request.dbsession
        owner_id = read_id(request.GET.get("owner", ""))
        self.form = choices.new_form(self.session, request.identity, request.POST, owner_id)

    @view_config(request_method="GET", renderer=f"{TEMPLATES}/sip-user-new.jinja2")
    def ask(self) -> dict[str, Any]:
        return self._page()

    @view_config(request_method="POST", renderer=f"{TEMPLATES}/sip-user-new.jinja2")
    def create(self) -> dict[str, Any]:
        if not self.form.validate():
            return self._refused(None)
        identity = self.request.identity
        owner = self.session.get_one(Account, (identity.tenant_id, self.form.owner.data))
        try:
            sip_user, secret = services.create_sip_user(
                self.session, Actor.of(identity), owner, self.form.username.data, self.form.settings()
            )
        except RefusedError as refused:
            return self._refused(refused)
        self.request.response.status_int = 201
        return {
            **self._page(),
            "sip_user": sip_user,
            "owner": owner,
            **shown_once(self.request, sip_user, secret),
        }

    def _refused(self, refused: RefusedError | None) -> dict[str, Any]:
        blame(self.request, self.form, refused)
        return self._page()

    def _page(self) -> dict[str, Any]:
        rule = number_preview(self.form.strip_prefix.data or "", self.form.add_prefix.data or "")
        return {"form": self.form, "sip_user": None, **rule}


def blame(request: Request, form: Any, refused: RefusedError | None) -> None:
    """Answer 400, with the service's sentence at the field it names."""
    request.response.status_int = 400
    if refused is not None:
        form[refused.field].errors = [str(refused)]


def shown_once(request: Request, sip_user: SipUser, secret: str) -> dict[str, Any]:
    """The secret, its QR code and the settings to type by hand."""
    phone = phone_of(request, sip_user)
    return {"secret": secret, "qr": qr_code(phone, secret), "phone": phone}


def phone_of(request: Request, sip_user: SipUser) -> Any:
    """Where the phone of ``sip_user`` signs in."""
    tenant = request.dbsession.get_one(Tenant, sip_user.tenant_id)
    return settings_of(sip_user, tenant, request.registry.cellhub)
