"""How many wrong passwords are borne.

Counted in the database, so that more portal processes give no more tries. The address
tried is kept as a hash: a list of mistyped addresses is nobody's business.

The strict count is of one address from one machine, so that a stranger's tries do not lock
the owner out; wider ones bound what many machines, or one machine for many people, may try.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from cellhub.db.scope import PLATFORM_TENANT
from cellhub.security.models import LoginFailure

WINDOW = dt.timedelta(minutes=15)
PER_EMAIL_AND_ADDRESS = 8
PER_ADDRESS = 40
PER_EMAIL = 80
LOCKS = 7_161
"""Our number among the advisory locks of PostgreSQL."""


def blocked_for(session: Session, email: str, remote_addr: str | None) -> dt.timedelta | None:
    """How long to wait before another try counts; None when one may be made now.

    Tries at one address from one machine wait for each other, to the end of the transaction:
    otherwise those that come at once would all find room for one more.
    """
    whose = func.hashtext(f"{_hash(email)!r} {remote_addr}")
    session.execute(select(func.pg_advisory_xact_lock(LOCKS, whose)))
    since = dt.datetime.now(dt.UTC) - WINDOW
    for condition, limit in _limits(email, remote_addr):
        recent = select(LoginFailure.at).where(condition, LoginFailure.at > since)
        # The try that must leave the window before there is room for another one.
        blocking = session.scalar(recent.order_by(LoginFailure.at.desc()).offset(limit - 1).limit(1))
        if blocking is not None:
            return blocking + WINDOW - dt.datetime.now(dt.UTC)
    return None


def _limits(email: str, remote_addr: str | None) -> tuple[tuple[ColumnElement[bool], int], ...]:
    same_email = LoginFailure.email_hash == _hash(email)
    same_address = LoginFailure.remote_addr == remote_addr
    return (
        (same_email & same_address, PER_EMAIL_AND_ADDRESS),
        (same_address, PER_ADDRESS),
        (same_email, PER_EMAIL),
    )


def note_failure(session: Session, email: str, remote_addr: str | None) -> None:
    """Count one refused log-in."""
    session.add(LoginFailure(tenant_id=PLATFORM_TENANT, email_hash=_hash(email), remote_addr=remote_addr))


def forget_failures(session: Session, email: str) -> None:
    """A right password clears what was counted for its address."""
    session.execute(delete(LoginFailure).where(LoginFailure.email_hash == _hash(email)))


def _hash(email: str) -> bytes:
    return hashlib.sha256(email.strip().lower().encode()).digest()
