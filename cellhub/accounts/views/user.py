"""One user: the pages under its head."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults
from sqlalchemy import select

from cellhub.accounts import choices, history, services
from cellhub.accounts.audit import Actor
from cellhub.accounts.facts import facts_of
from cellhub.accounts.models import AuditEntry
from cellhub.accounts.overview import STATUS_DEEDS, figures, spending, tabs, time_line
from cellhub.accounts.refusal import RefusedError
from cellhub.accounts.resources import User
from cellhub.accounts.views.users import refuse
from cellhub.money import services as money
from cellhub.money.models import LedgerEntry
from cellhub.security.roles import Permission
from cellhub.sip.contacts import contacts_of, state_of
from cellhub.sip.models import SipUser
from cellhub.web.lists import Keyset, csv_response

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

TEMPLATES = "cellhub.accounts:templates"
LEDGER = Keyset((LedgerEntry.id,), (int,), descending=True)
HISTORY = Keyset((AuditEntry.id,), (int,), descending=True)
LEDGER_HEADER = ("id", "time", "kind", "note", "by", "amount", "balance")


class Page:
    """What every page of a user has: head, figures, tabs."""

    def __init__(self, context: User, request: Request) -> None:
        self.context, self.request = context, request
        self.account = context.row
        self.session = request.dbsession
        self.facts = facts_of(self.session, [self.account])[self.account.id]

    def frame(self, tab: str) -> dict[str, Any]:
        """Context of the head that all tabs share."""
        now = dt.datetime.now(dt.UTC)
        return {
            "account": self.account,
            "facts": self.facts,
            "figures": figures(self.session, self.request.identity, self.account, self.facts, now),
            "tabs": tabs(self.account, self.facts, tab),
            "here": f"/users/{self.account.id}",
            "status_deeds": STATUS_DEEDS,
        }


@view_defaults(context=User, permission=Permission.USERS, request_method="GET")
class UserPages(Page):
    """What a reader may look at."""

    @view_config(renderer=f"{TEMPLATES}/user-overview.jinja2")
    def overview(self) -> dict[str, Any]:
        return self.frame("overview") | {
            "time_line": time_line(self.session, self.request.identity, self.account),
            "spending": spending(self.session, self.request.identity, self.account),
        }

    @view_config(name="ledger", renderer=f"{TEMPLATES}/user-ledger.jinja2")
    def ledger(self) -> dict[str, Any]:
        page = LEDGER.page(self.session, self.request, money.entries_of(self.account))
        return self.frame("ledger") | {
            "page": page,
            "time_line": time_line(self.session, self.request.identity, self.account),
        }

    @view_config(name="ledger.csv")
    def ledger_csv(self) -> Response:
        query = LEDGER.ordered(money.entries_of(self.account))
        entries = money.export(self.request.registry.session_factory, self.request.identity.scope, query)
        return csv_response(f"ledger-{self.account.id}.csv", LEDGER_HEADER, map(ledger_row, entries))

    @view_config(name="sip-users", renderer=f"{TEMPLATES}/user-sip-users.jinja2")
    def sip_users(self) -> dict[str, Any]:
        owned = select(SipUser).where(
            SipUser.tenant_id == self.account.tenant_id, SipUser.account_id == self.account.id
        )
        rows = self.session.scalars(owned.order_by(SipUser.username)).all()
        return self.frame("sip-users") | {
            "rows": rows,
            "contacts": contacts_of(self.session, rows),
            "sip_state": state_of,
        }

    @view_config(name="history", renderer=f"{TEMPLATES}/user-history.jinja2")
    def history(self) -> dict[str, Any]:
        page = HISTORY.page(self.session, self.request, history.entries_of(self.account.id))
        return self.frame("history") | {"page": page, "history": history}


def ledger_row(entry: LedgerEntry) -> list[Any]:
    """One line of the ledger's CSV."""
    return [
        entry.id,
        entry.created_at.isoformat(),
        str(entry.kind),
        entry.note,
        entry.actor,
        entry.amount,
        entry.balance_after,
    ]


@view_defaults(
    context=User,
    name="edit",
    permission=Permission.USERS_EDIT,
    renderer=f"{TEMPLATES}/user-edit.jinja2",
)
class EditUser(Page):
    """Change a user's terms."""

    def __init__(self, context: User, request: Request) -> None:
        super().__init__(context, request)
        self.form = choices.edit_form(
            self.session, request.identity, self.account, self.facts.email, request.POST
        )

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return self.frame("edit") | {"form": self.form}

    @view_config(request_method="POST")
    def save(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            return self._refused(None)
        try:
            services.change_account(
                self.session,
                Actor.of(self.request.identity),
                self.account,
                self.form.terms(),
                self.form.email.data if "email" in self.form else None,
            )
        except RefusedError as refused:
            return self._refused(refused)
        return HTTPSeeOther(f"/users/{self.account.id}")

    def _refused(self, refused: RefusedError | None) -> dict[str, Any]:
        return self.frame("edit") | refuse(self.request, self.form, refused)
