"""Tickets of signed-in browsers: issued, read, revoked.

The token is 32 random bytes, seen only in the cookie; the table keeps its SHA-256, so a
copy of the table opens nothing. Reading a ticket happens before anybody's scope is
known, so it is done in the platform's; the caller enters the identity's scope after.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cellhub.db.scope import PLATFORM_TENANT, Scope, enter_scope
from cellhub.db.tenancy import Account, AccountStatus, Tenant
from cellhub.security.identity import Identity, TenantChoice
from cellhub.security.models import Login, LoginTicket
from cellhub.security.roles import Role

COOKIE = "cellhub_session"
USER_AGENT_KEPT = 200


def digest(token: str) -> bytes:
    """The form in which the table knows a token."""
    return hashlib.sha256(token.encode()).digest()


def issue(session: Session, login: Login, *, hours: int, remote_addr: str | None, user_agent: str) -> str:
    """Give ``login`` a ticket for ``hours`` and answer its token."""
    token = secrets.token_urlsafe(32)
    now = dt.datetime.now(dt.UTC)
    login.last_login_at = now
    session.add(
        LoginTicket(
            tenant_id=login.tenant_id,
            token_hash=digest(token),
            login_id=login.id,
            remote_addr=remote_addr,
            user_agent=user_agent[:USER_AGENT_KEPT],
            expires_at=now + dt.timedelta(hours=hours),
        )
    )
    session.flush()
    return token


def identity_of(session: Session, token: str) -> Identity | None:
    """Who holds ``token``; None for an unknown, expired or revoked one, or a blocked account.

    Leaves ``session`` in the platform's scope.
    """
    enter_scope(session, Scope.platform())
    found = session.execute(
        select(LoginTicket, Login, Account)
        .join(Login, (Login.tenant_id == LoginTicket.tenant_id) & (Login.id == LoginTicket.login_id))
        .outerjoin(Account, (Account.tenant_id == Login.tenant_id) & (Account.id == Login.account_id))
        .where(LoginTicket.token_hash == digest(token))
    ).first()
    if (
        found is None
        or not found.LoginTicket.valid_at(dt.datetime.now(dt.UTC))
        or not may_enter(found.Account)
    ):
        return None
    return _identity(session, *found)


def may_enter(account: Account | None) -> bool:
    """A blocked customer does not get in; a suspended one may look, and pay."""
    return account is None or account.status is not AccountStatus.BLOCKED


def revoke(session: Session, token: str) -> None:
    """End the ticket of ``token``, if it is one."""
    enter_scope(session, Scope.platform())
    _end(session, LoginTicket.token_hash == digest(token))


def revoke_all(session: Session, tenant_id: int, login_id: int) -> None:
    """End every ticket of a log-in, as after a new password."""
    _end(session, (LoginTicket.tenant_id == tenant_id) & (LoginTicket.login_id == login_id))


def work_in(session: Session, token: str, tenant_id: int) -> None:
    """Let the superadmin who holds ``token`` work in another tenant."""
    enter_scope(session, Scope.platform())
    session.execute(
        update(LoginTicket).where(LoginTicket.token_hash == digest(token)).values(works_in=tenant_id)
    )


def _end(session: Session, which: object) -> None:
    session.execute(
        update(LoginTicket)
        .where(which, LoginTicket.revoked_at.is_(None))  # type: ignore[arg-type]
        .values(revoked_at=dt.datetime.now(dt.UTC))
    )


def _identity(
    session: Session, ticket: LoginTicket, login: Login, account: Account | None
) -> Identity | None:
    tenants = _tenants(session) if login.role is Role.SUPERADMIN else ()
    tenant = session.get(Tenant, _workplace(ticket, login, tenants))
    if tenant is None:
        return None
    return Identity(
        login_id=login.id,
        login_tenant_id=login.tenant_id,
        role=login.role,
        tenant_id=tenant.id,
        account_id=login.account_id,
        name=login.name,
        email=login.email,
        currency=tenant.currency,
        time_zone=account.time_zone if account else tenant.time_zone,
        tenant_name=tenant.name,
        tenants=tenants,
    )


def _tenants(session: Session) -> tuple[TenantChoice, ...]:
    rows = session.execute(
        select(Tenant.id, Tenant.name).where(Tenant.id != PLATFORM_TENANT).order_by(Tenant.id)
    )
    return tuple(TenantChoice(id_, name) for id_, name in rows)


def _workplace(ticket: LoginTicket, login: Login, tenants: tuple[TenantChoice, ...]) -> int:
    """A superadmin starts in the first tenant; on an empty platform, in the platform itself."""
    if login.role is not Role.SUPERADMIN:
        return login.tenant_id
    known = [tenant.id for tenant in tenants]
    if ticket.works_in in known:
        return ticket.works_in
    return known[0] if known else PLATFORM_TENANT
