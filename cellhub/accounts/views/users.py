"""Users: the list, its CSV, and opening a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from cellhub.accounts import choices, services
from cellhub.accounts.audit import Actor
from cellhub.accounts.facts import balance_total, facts_of
from cellhub.accounts.filters import user_filters
from cellhub.accounts.forms import AccountForm
from cellhub.accounts.refusal import RefusedError
from cellhub.accounts.resources import Users
from cellhub.db.tenancy import Account, AccountKind
from cellhub.security import sip_secrets
from cellhub.security.roles import Permission
from cellhub.web.lists import Filtered, Keyset, apply_filters, csv_response

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

BY_NAME = Keyset((Account.name, Account.id), (str, int))
CSV_HEADER = (
    *("id", "name", "email", "role", "reseller", "plan", "status"),
    *("balance", "held", "credit_limit", "sip_users"),
)


@view_defaults(context=Users, permission=Permission.USERS)
class UserList:
    """The customers that match the filters in the URL."""

    def __init__(self, context: Users, request: Request) -> None:
        self.context, self.request = context, request
        self.filters = user_filters(choices.resellers(request.dbsession, request.identity))

    @view_config(request_method="GET", renderer="cellhub.accounts:templates/users.jinja2")
    def show(self) -> dict[str, Any]:
        filtered = self._filtered()
        page = BY_NAME.page(self.request.dbsession, self.request, filtered.query)
        count, balance, held = balance_total(self.request.dbsession, filtered.query)
        return {
            "filtered": filtered,
            "filters": self.filters,
            "page": page,
            "facts": facts_of(self.request.dbsession, page.rows),
            "count": count,
            "balance": balance,
            "held": held,
            "export_href": f"/users/export?{self.request.query_string}",
        }

    @view_config(name="export", request_method="GET")
    def export(self) -> Response:
        rows = self.request.dbsession.scalars(BY_NAME.ordered(self._filtered().certain)).all()
        facts = facts_of(self.request.dbsession, rows)
        return csv_response("users.csv", CSV_HEADER, [_csv_row(one, facts[one.id]) for one in rows])

    def _filtered(self) -> Filtered:
        return apply_filters(self.request, self.context.query(), self.filters)


def _csv_row(account: Account, facts: Any) -> list[Any]:
    return [
        account.id,
        account.name,
        facts.email,
        str(account.kind),
        facts.reseller,
        facts.plan,
        str(account.status),
        account.balance,
        account.held,
        account.credit_limit,
        facts.sip_users,
    ]


@view_defaults(
    context=Users,
    name="new",
    permission=Permission.USERS_EDIT,
    renderer="cellhub.accounts:templates/user-new.jinja2",
)
class NewUser:
    """Open an account."""

    def __init__(self, context: Users, request: Request) -> None:
        self.context, self.request = context, request
        self.form = choices.new_form(request.dbsession, request.identity, request.POST)

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return self._page()

    @view_config(request_method="POST")
    def open(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            return self._refused()
        generated = "" if self.form.password.data else sip_secrets.generate()
        try:
            account = self._open(self.form.password.data or generated)
        except RefusedError as refused:
            return self._refused(refused)
        if not generated:
            return HTTPSeeOther(self.request.resource_path(self.context, str(account.id)))
        self.request.response.status_int = 201
        return {**self._page(), "account": account, "password": generated}

    def _open(self, password: str) -> Account:
        return services.open_account(
            self.request.dbsession,
            Actor.of(self.request.identity),
            kind=AccountKind(self._chosen("kind", AccountKind.CLIENT)),
            parent=self._parent(),
            terms=self.form.terms(),
            email=self.form.email.data,
            password=password,
        )

    def _parent(self) -> Account | None:
        """The chosen reseller; for a reseller it is always the reseller itself."""
        identity = self.request.identity
        parent_id = identity.account_id or self._chosen("reseller", None)
        return parent_id and self.request.dbsession.get_one(Account, (identity.tenant_id, parent_id))

    def _chosen(self, field: str, otherwise: Any) -> Any:
        return self.form[field].data if field in self.form else otherwise

    def _refused(self, refused: RefusedError | None = None) -> dict[str, Any]:
        return refuse(self.request, self.form, refused) | self._page()

    def _page(self) -> dict[str, Any]:
        return {"form": self.form, "account": None, "password": ""}


def refuse(request: Request, form: AccountForm, refused: RefusedError | None) -> dict[str, Any]:
    """Answer 400, with the service's sentence at the field it names."""
    request.response.status_int = 400
    if refused is not None:
        form[refused.field].errors = [str(refused)]
    return {"form": form}
