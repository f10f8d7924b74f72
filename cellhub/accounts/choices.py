"""The user form as one reader has it: what its selects offer comes from the reader's own scope."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.accounts.forms import AccountForm
from cellhub.db.tenancy import Account, AccountKind
from cellhub.rates.models import Plan
from cellhub.security.identity import Identity
from cellhub.tree.narrowing import narrow

Choices = list[tuple[int, str]]


def resellers(session: Session, identity: Identity) -> Choices:
    """Resellers that may get customers; a reseller gets none but its own, and is not asked."""
    if identity.account_id is not None:
        return []
    found = select(Account.id, Account.name).where(Account.kind == AccountKind.RESELLER)
    return _pairs(session, narrow(found, Account, identity.scope).order_by(Account.name, Account.id))


def plans(session: Session, identity: Identity) -> Choices:
    """Plans of the tenant."""
    return _pairs(session, narrow(select(Plan.id, Plan.name), Plan, identity.scope).order_by(Plan.name))


def _pairs(session: Session, query: Any) -> Choices:
    return [(id_, name) for id_, name in session.execute(query)]


def new_form(session: Session, identity: Identity, typed: Any) -> AccountForm:
    """The form of a new user. A reseller's has neither role, reseller, plan nor margin."""
    form = AccountForm(typed or None, data={"time_zone": identity.time_zone})
    if identity.account_id is not None:
        _without(form, "kind", "reseller", "plan", "margin")
        return form
    form.reseller.offer(resellers(session, identity))
    form.plan.offer(plans(session, identity))
    return form


def edit_form(session: Session, identity: Identity, account: Account, email: str, typed: Any) -> AccountForm:
    """The form of ``account``, without what is settled when it is opened."""
    form = AccountForm(typed or None, data=_values(account, email))
    _without(form, "password", "kind", "reseller")
    if not email:
        _without(form, "email")
    if identity.account_id is not None or account.parent_id is not None:
        _without(form, "plan")
    else:
        form.plan.offer(plans(session, identity))
    if identity.account_id is not None or account.kind is not AccountKind.RESELLER:
        _without(form, "margin")
    return form


def _values(account: Account, email: str) -> dict[str, Any]:
    return {
        "name": account.name,
        "email": email,
        "plan": account.plan_id,
        "margin": account.margin * 100,
        "payment_mode": account.payment_mode.value,
        "credit_limit": account.credit_limit,
        "low_credit": account.low_credit,
        "sip_user_limit": account.sip_user_limit,
        "max_calls": account.max_calls,
        "time_zone": account.time_zone,
    }


def _without(form: AccountForm, *names: str) -> None:
    for name in names:
        del form[name]
