"""Check a password and give a ticket."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellhub.db.scope import Scope, enter_scope
from cellhub.db.tenancy import Account, Tenant
from cellhub.security import throttle, tickets
from cellhub.security.models import Login
from cellhub.security.passwords import hash_password, needs_rehash, verify_password

REFUSED = "Email or password is not right."
NOT_YOURS = "This is not your password now."
WAIT = "Too many wrong passwords. Try again in {minutes} minutes."
# The same address may be a log-in of several tenants; more of them than this is no person.
MOST_TENANTS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """A token, or a sentence that tells neither whether the address exists nor what was wrong."""

    token: str | None
    sentence: str = ""
    wait: bool = False


def sign_in(
    session: Session, email: str, password: str, *, hours: int, remote_addr: str | None, user_agent: str
) -> Outcome:
    """Give a ticket of ``hours`` for a right password."""
    enter_scope(session, Scope.platform())
    wait = throttle.blocked_for(session, email, remote_addr)
    if wait is not None:
        return Outcome(None, _wait_sentence(wait), wait=True)
    login = _whose_password(session, email, password)
    if login is None or not _may_enter(session, login):
        throttle.note_failure(session, email, remote_addr)
        return Outcome(None, REFUSED)
    throttle.forget_failures(session, email)
    if needs_rehash(login.password_hash):
        login.password_hash = hash_password(password)
    return Outcome(tickets.issue(session, login, hours=hours, remote_addr=remote_addr, user_agent=user_agent))


def proves_itself(session: Session, login: Login, password: str, remote_addr: str | None) -> Outcome:
    """Ask who is signed in for its password once more, counted like a log-in; no token is given.

    The transaction is in the scope of the log-in's tenant afterwards.
    """
    enter_scope(session, Scope.platform())
    outcome = _judged(session, login, password, remote_addr)
    session.flush()
    enter_scope(session, Scope.of_tenant(login.tenant_id))
    return outcome


def _judged(session: Session, login: Login, password: str, remote_addr: str | None) -> Outcome:
    wait = throttle.blocked_for(session, login.email, remote_addr)
    if wait is not None:
        return Outcome(None, _wait_sentence(wait), wait=True)
    if not verify_password(login.password_hash, password):
        throttle.note_failure(session, login.email, remote_addr)
        return Outcome(None, NOT_YOURS)
    throttle.forget_failures(session, login.email)
    return Outcome(None)


def _whose_password(session: Session, email: str, password: str) -> Login | None:
    candidates = session.scalars(
        select(Login)
        .where(func.lower(Login.email) == email.strip().lower())
        .order_by(Login.tenant_id)
        .limit(MOST_TENANTS)
    ).all()
    if not candidates:
        verify_password(None, password)
    return next((login for login in candidates if verify_password(login.password_hash, password)), None)


def _may_enter(session: Session, login: Login) -> bool:
    if session.scalar(select(Tenant.suspended).where(Tenant.id == login.tenant_id)):
        return False
    if login.account_id is None:
        return True
    return tickets.may_enter(session.get(Account, (login.tenant_id, login.account_id)))


def _wait_sentence(wait: dt.timedelta) -> str:
    return WAIT.format(minutes=max(1, math.ceil(wait.total_seconds() / 60)))
