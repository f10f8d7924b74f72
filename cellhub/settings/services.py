"""A person's own log-in: its name, its password, the browsers that are signed in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.refusal import RefusedError
from cellhub.db.scope import Scope, within
from cellhub.security import tickets
from cellhub.security.identity import Identity
from cellhub.security.models import Login, LoginTicket
from cellhub.security.passwords import hash_password
from cellhub.security.signin import proves_itself


@contextmanager
def own_login(session: Session, identity: Identity) -> Iterator[Login]:
    """The log-in of whoever asks, in a scope where its rows are visible.

    A superadmin works in one tenant while its log-in is kept in another, the platform's.
    """
    elsewhere = identity.login_tenant_id != identity.tenant_id
    with within(session, Scope.of_tenant(identity.login_tenant_id)) if elsewhere else nullcontext():
        yield session.get_one(Login, (identity.login_tenant_id, identity.login_id))
        session.flush()


def rename(session: Session, login: Login, name: str) -> None:
    """Set the name that others read in histories."""
    login.name = name
    changes = changes_of(login, ["name"])
    if changes:
        record(
            session, _actor(login), "change", login, name=name, account_id=login.account_id, changes=changes
        )


def change_password(
    session: Session, login: Login, *, old: str, new: str, token: str, remote_addr: str | None
) -> None:
    """Set a new password and sign out every browser but the one with ``token``.

    Raises:
        RefusedError: ``old`` is not the password, or too many were not, or ``new`` is no other one.
    """
    proof = proves_itself(session, login, old, remote_addr)
    if proof.sentence:
        raise RefusedError("old", proof.sentence)
    if old == new:
        raise RefusedError("new", "Write another one than now.")
    login.password_hash = hash_password(new)
    for ticket in open_tickets(session, login):
        if ticket.token_hash != tickets.digest(token):
            _end(ticket)
    record(session, _actor(login), "password", login, name=login.name, account_id=login.account_id)


def open_tickets(session: Session, login: Login) -> Sequence[LoginTicket]:
    """The browsers that are signed in, the latest first."""
    mine = select(LoginTicket).where(
        LoginTicket.tenant_id == login.tenant_id,
        LoginTicket.login_id == login.id,
        LoginTicket.revoked_at.is_(None),
        LoginTicket.expires_at > dt.datetime.now(dt.UTC),
    )
    return session.scalars(mine.order_by(LoginTicket.created_at.desc())).all()


def end_ticket(session: Session, login: Login, token_hash: bytes) -> bool:
    """Sign one of the log-in's browsers out; false when it is none of its."""
    ticket = session.get(LoginTicket, (login.tenant_id, token_hash))
    if ticket is None or ticket.login_id != login.id:
        return False
    _end(ticket)
    return True


def _end(ticket: LoginTicket) -> None:
    ticket.revoked_at = dt.datetime.now(dt.UTC)


def _actor(login: Login) -> Actor:
    return Actor(login.tenant_id, login.name, login.id, login.account_id)
