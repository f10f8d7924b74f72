"""Open customer accounts, change their terms and status, and renew their passwords."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.history import with_names
from cellhub.accounts.refusal import RefusedError, unless_taken
from cellhub.db.notify import Topic, publish
from cellhub.db.tenancy import Account, AccountKind, AccountStatus, PaymentMode
from cellhub.rates.models import Plan
from cellhub.security import sip_secrets, tickets
from cellhub.security.models import Login
from cellhub.security.passwords import hash_password
from cellhub.security.roles import Role

TERMS = frozenset(
    {
        "name",
        "plan_id",
        "payment_mode",
        "credit_limit",
        "low_credit",
        "margin",
        "max_calls",
        "calls_per_second",
        "spend_cap",
        "expires_at",
        "sip_user_limit",
        "time_zone",
    }
)
"""What a person may decide about an account; everything else follows from deeds."""

ROLES = {AccountKind.RESELLER: Role.RESELLER, AccountKind.CLIENT: Role.CLIENT}
EMAIL_TAKEN = "Somebody signs in with this address already. Write another one."


def open_account(
    session: Session,
    actor: Actor,
    *,
    kind: AccountKind,
    parent: Account | None,
    terms: Mapping[str, Any],
    email: str,
    password: str,
) -> Account:
    """Open an account below ``parent`` (or directly under the tenant) with a log-in of its own.

    Raises:
        RefusedError: the email has a log-in in this tenant, or a term does not fit the account.
    """
    _check_parent(parent)
    account = _new_account(session, actor, kind, parent, terms)
    with unless_taken(session, "email", EMAIL_TAKEN):
        session.add(account)
        session.flush()
        session.add(_login_for(account, email, password))
        session.flush()
    record(session, actor, "create", account, name=account.name, account_id=account.id)
    publish(session, Topic.ACCOUNTS, account.tenant_id, [account.id])
    return account


def _new_account(
    session: Session, actor: Actor, kind: AccountKind, parent: Account | None, terms: Mapping[str, Any]
) -> Account:
    # The id comes before the insert, since the lineage ends with it.
    number = session.scalar(select(func.nextval(func.pg_get_serial_sequence("account", "id"))))
    account = Account(
        tenant_id=actor.tenant_id, id=number, kind=kind, parent_id=parent.id if parent else None
    )
    account.lineage = [*(parent.lineage if parent else ()), account.id]
    _check_terms(account, terms)
    _apply(account, terms)
    return account


def _login_for(account: Account, email: str, password: str) -> Login:
    return Login(
        tenant_id=account.tenant_id,
        account_id=account.id,
        email=email,
        name=account.name,
        role=ROLES[account.kind],
        password_hash=hash_password(password),
    )


def change_account(
    session: Session, actor: Actor, account: Account, terms: Mapping[str, Any], email: str | None
) -> None:
    """Change terms, and the address that the account signs in with, if it has a log-in.

    Raises:
        RefusedError: as :func:`open_account`; then nothing is changed.
    """
    _check_terms(account, terms)
    login = login_of(session, account) if email else None
    with unless_taken(session, "email", EMAIL_TAKEN):
        changes = _set_login(login, account, terms, email) if login and email else {}
        _apply(account, terms)
        changes |= with_names(session, changes_of(account, TERMS), {"plan_id": Plan})
        session.flush()
    if changes:
        record(session, actor, "change", account, name=account.name, account_id=account.id, changes=changes)
        publish(session, Topic.BALANCE, account.tenant_id, [account.id])


def _set_login(login: Login, account: Account, terms: Mapping[str, Any], email: str) -> dict[str, Any]:
    """Set the address; the person's name follows the account's until the person chooses another."""
    if login.name == account.name:
        login.name = terms["name"]
    login.email = email
    return changes_of(login, ["email"])


def set_status(session: Session, actor: Actor, account: Account, status: AccountStatus) -> None:
    """Let an account call and sign in, look only, or neither."""
    if account.status is status:
        return
    account.status = status
    changes = changes_of(account, ["status"])
    record(session, actor, "change", account, name=account.name, account_id=account.id, changes=changes)
    publish(session, Topic.BALANCE, account.tenant_id, [account.id])


def renew_password(session: Session, actor: Actor, account: Account, login: Login) -> str:
    """Give ``login`` a generated password, and end every browser's sign-in with the old one."""
    password = sip_secrets.generate()
    login.password_hash = hash_password(password)
    tickets.revoke_all(session, login.tenant_id, login.id)
    record(session, actor, "password", account, name=account.name, account_id=account.id)
    return password


def login_of(session: Session, account: Account) -> Login | None:
    """The log-in that was opened with ``account``."""
    of_account = select(Login).where(Login.tenant_id == account.tenant_id, Login.account_id == account.id)
    return session.scalars(of_account.order_by(Login.id).limit(1)).first()


def _apply(account: Account, terms: Mapping[str, Any]) -> None:
    unknown = terms.keys() - TERMS
    if unknown:
        raise TypeError(f"not a term of an account: {', '.join(sorted(unknown))}")
    for name, value in terms.items():
        setattr(account, name, value)


def _check_parent(parent: Account | None) -> None:
    if parent is not None and parent.kind is not AccountKind.RESELLER:
        raise RefusedError("reseller", "Only a reseller has customers of its own.")


def _check_terms(account: Account, terms: Mapping[str, Any]) -> None:
    """Refuse what one term says against another, before anything is set."""
    if terms.get("plan_id") is not None and account.parent_id is not None:
        raise RefusedError(
            "plan", "A reseller's customer pays by the reseller's plan and margin. Choose none."
        )
    if terms.get("margin", Decimal(0)) > 0 and account.kind is not AccountKind.RESELLER:
        raise RefusedError("margin", "Only a reseller earns a margin. Write 0.")
    mode = terms.get("payment_mode", account.payment_mode)
    if mode is PaymentMode.PREPAID and terms.get("credit_limit", account.credit_limit):
        raise RefusedError(
            "credit_limit", "A prepaid account has no credit limit. Write 0, or choose postpaid."
        )
