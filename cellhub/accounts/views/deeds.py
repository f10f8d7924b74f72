"""What is done to one user: credit added, status changed, password renewed. Each is a dialog."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config, view_defaults

from cellhub.accounts import services
from cellhub.accounts.audit import Actor
from cellhub.accounts.forms import CreditForm
from cellhub.accounts.overview import STATUS_DEEDS
from cellhub.accounts.resources import User
from cellhub.db.tenancy import AccountStatus
from cellhub.money.services import BookedOtherwise, add_credit
from cellhub.security.roles import Permission

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

TEMPLATES = "cellhub.accounts:templates"


@view_defaults(context=User, permission=Permission.CREDIT_ADD)
class AddCredit:
    """Book money that the customer paid."""

    def __init__(self, context: User, request: Request) -> None:
        self.context, self.request = context, request
        self.account = context.row
        # A form that comes back must bring the id it was given: with a fresh one each click would book.
        given = {} if request.POST else {"form_id": uuid.uuid4().hex}
        self.form = CreditForm(request.POST or None, data=given)

    @view_config(name="credit", request_method="GET", renderer=f"{TEMPLATES}/credit.jinja2")
    def ask(self) -> dict[str, Any]:
        return self._dialog()

    @view_config(name="credit", request_method="POST", renderer=f"{TEMPLATES}/credit.jinja2")
    def book(self) -> dict[str, Any] | Response:
        amount = self.form.amount.data
        if not self.form.validate() or amount is None:
            self.request.response.status_int = 400
            return self._dialog()
        try:
            self._book(amount)
        except BookedOtherwise as booked:
            self.request.response.status_int = 409
            self.form.form_id.errors = [_booked_before(booked.entry.amount)]
            return self._dialog()
        return HTTPSeeOther(f"/users/{self.account.id}/ledger")

    def _book(self, amount: Decimal) -> None:
        add_credit(
            self.request.dbsession,
            Actor.of(self.request.identity),
            self.account,
            amount=amount,
            note=self.form.note.data,
            form_id=self.form.form_id.data,
        )

    @view_config(name="credit-after", request_method="GET", renderer=f"{TEMPLATES}/credit-after.jinja2")
    def preview(self) -> dict[str, Any]:
        """The balance as it would be, while the amount is being typed."""
        typed = CreditForm(self.request.GET)
        typed.validate()
        return self._balances(typed)

    def _dialog(self) -> dict[str, Any]:
        return {"form": self.form, "account": self.account, **self._balances(self.form)}

    def _balances(self, form: CreditForm) -> dict[str, Any]:
        amount = form.amount.data or Decimal(0)
        return {"before": self.account.balance, "after": self.account.balance + amount}


def _booked_before(amount: Decimal) -> str:
    return f"This form has booked {amount:.2f} already; nothing was added now. Close it and open it again."


@view_defaults(
    context=User, name="status", permission=Permission.USERS_EDIT, renderer=f"{TEMPLATES}/status.jinja2"
)
class ChangeStatus:
    """Suspend, block or activate."""

    def __init__(self, context: User, request: Request) -> None:
        self.context, self.request = context, request
        wanted = request.params.get("to", "")
        if wanted not in set(AccountStatus):
            raise HTTPNotFound
        self.status = AccountStatus(wanted)

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        deed = next(one for one in STATUS_DEEDS if one.status is self.status)
        return {"account": self.context.row, "deed": deed}

    @view_config(request_method="POST")
    def change(self) -> Response:
        services.set_status(
            self.request.dbsession, Actor.of(self.request.identity), self.context.row, self.status
        )
        return HTTPSeeOther(f"/users/{self.context.row.id}")


@view_defaults(
    context=User, name="password", permission=Permission.USERS_EDIT, renderer=f"{TEMPLATES}/password.jinja2"
)
class RenewPassword:
    """Give the customer a new password, shown once."""

    def __init__(self, context: User, request: Request) -> None:
        self.context, self.request = context, request
        login = services.login_of(request.dbsession, context.row)
        if login is None:
            raise HTTPNotFound
        self.login = login

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"account": self.context.row, "login": self.login, "password": ""}

    @view_config(request_method="POST")
    def renew(self) -> dict[str, Any]:
        password = services.renew_password(
            self.request.dbsession, Actor.of(self.request.identity), self.context.row, self.login
        )
        return {"account": self.context.row, "login": self.login, "password": password}
