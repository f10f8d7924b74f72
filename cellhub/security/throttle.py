"""How many wrong passwords are borne.

Counted in the database, so that more portal processes give no more tries. The address
tried is kept as a hash: a list of mistyped addresses is nobody's business.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cellhub.db.scope import PLATFORM_TENANT
from cellhub.security.models import LoginFailure

WINDOW = dt.timedelta(minutes=15)
PER_EMAIL = 8
PER_ADDRESS = 40


def blocked_for(session: Session, email: str, remote_addr: str | None) -> dt.timedelta | None:
    """How long to wait before another try counts; None when one may be made now."""
    since = dt.datetime.now(dt.UTC) - WINDOW
    for column, value, limit in (
        (LoginFailure.email_hash, _hash(email), PER_EMAIL),
        (LoginFailure.remote_addr, remote_addr, PER_ADDRESS),
    ):
        recent = select(LoginFailure.at).where(column == value, LoginFailure.at > since)
        # The try that must leave the window before there is room for another one.
        blocking = session.scalar(recent.order_by(LoginFailure.at.desc()).offset(limit - 1).limit(1))
        if blocking is not None:
            return blocking + WINDOW - dt.datetime.now(dt.UTC)
    return None


def note_failure(session: Session, email: str, remote_addr: str | None) -> None:
    """Count one refused log-in."""
    session.add(LoginFailure(tenant_id=PLATFORM_TENANT, email_hash=_hash(email), remote_addr=remote_addr))


def forget_failures(session: Session, email: str) -> None:
    """A right password clears what was counted for its address."""
    session.execute(delete(LoginFailure).where(LoginFailure.email_hash == _hash(email)))


def _hash(email: str) -> bytes:
    return hashlib.sha256(email.strip().lower().encode()).digest()
