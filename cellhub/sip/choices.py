"""The form of a SIP user as one reader has it: fields by permission, choices by scope."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from cellhub.db.tenancy import Account
from cellhub.domain.numbers import CallerId
from cellhub.rates.models import RateDeck
from cellhub.routes.models import Trunk
from cellhub.security.identity import Identity
from cellhub.security.roles import Permission
from cellhub.sip.forms import DECIDES, SipUserForm
from cellhub.sip.models import SipUser
from cellhub.tree.narrowing import narrow


def new_form(session: Session, identity: Identity, typed: Any, owner_id: int | None) -> SipUserForm:
    """The form of a new SIP user, for ``owner_id`` unless another owner is chosen."""
    return _offered(session, identity, SipUserForm(typed or None, data={"owner": owner_id}))


def edit_form(session: Session, identity: Identity, sip_user: SipUser, typed: Any) -> SipUserForm:
    """The form of ``sip_user``, without its name."""
    form = SipUserForm(typed or None, data=_values(sip_user))
    del form["username"]
    return _offered(session, identity, form)


def _offered(session: Session, identity: Identity, form: SipUserForm) -> SipUserForm:
    for name, permission in DECIDES.items():
        if name in form and not identity.may(permission):
            del form[name]
    if "owner" in form:
        form.owner.offer(owners(session, identity))
    if identity.may(Permission.SIP_USERS_ROUTE):
        form.trunk.offer(_pairs(session, narrow(select(Trunk.id, Trunk.name), Trunk, identity.scope)))
        form.rate_deck.offer(
            _pairs(session, narrow(select(RateDeck.id, RateDeck.name), RateDeck, identity.scope))
        )
    return form


def owners(session: Session, identity: Identity) -> list[tuple[int, str]]:
    """Accounts that may own a SIP user: all of the reader's scope."""
    return _pairs(session, narrow(select(Account.id, Account.name), Account, identity.scope))


def _pairs(session: Session, query: Select[int, str]) -> list[tuple[int, str]]:
    return [(id_, name) for id_, name in session.execute(query.order_by("name", "id"))]


def _values(sip_user: SipUser) -> dict[str, Any]:
    caller = CallerId(sip_user.caller_id_name, sip_user.caller_id_number)
    return {
        "caller_id": str(caller) if caller.number else "",
        "host": sip_user.host,
        "owner": sip_user.account_id,
        "strip_prefix": sip_user.strip_prefix,
        "add_prefix": sip_user.add_prefix,
        "trunk": sip_user.trunk_id,
        "rate_deck": sip_user.rate_deck_id,
        "max_calls": sip_user.max_calls,
        "codecs": sip_user.codecs,
        "nat": sip_user.nat,
    }
