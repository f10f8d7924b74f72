"""Log-ins, the tickets they got, and the failed tries."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKeyConstraint, Identity, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, Moment, TenantOwned, tenant_fk, within_tenant
from cellhub.security.roles import Role


class Login(TenantOwned, Base):
    """A person who may sign in; resellers and clients belong to an account."""

    __tablename__ = "login"
    __table_args__ = (
        tenant_fk(),
        within_tenant("account_id", "account"),
        Index("uq_login_tenant_id_email", "tenant_id", text("lower(email)"), unique=True),
        Index("ix_login_email", text("lower(email)")),
    )

    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[Role]
    account_id: Mapped[BigInt | None]
    password_hash: Mapped[str]
    last_login_at: Mapped[Moment | None]


class LoginTicket(Base):
    """A signed-in browser. The cookie holds the token, the table only its SHA-256.

    ``works_in`` is the tenant that a superadmin chose to look at.
    """

    __tablename__ = "login_ticket"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "login_id"], ["login.tenant_id", "login.id"], ondelete="CASCADE"),
        Index("ix_login_ticket_login", "tenant_id", "login_id"),
    )

    tenant_id: Mapped[BigInt] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    login_id: Mapped[BigInt]
    works_in: Mapped[BigInt | None]
    remote_addr: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[Moment] = mapped_column(server_default=func.now())
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]

    def valid_at(self, now: dt.datetime) -> bool:
        """Tell whether the ticket still opens the portal."""
        return self.revoked_at is None and now < self.expires_at


class LoginFailure(Base):
    """A refused log-in, counted by whom it was tried for and from where."""

    __tablename__ = "login_failure"
    __table_args__ = (
        Index("ix_login_failure_email_hash_at", "email_hash", "at"),
        Index("ix_login_failure_remote_addr_at", "remote_addr", "at"),
    )

    tenant_id: Mapped[BigInt] = mapped_column(primary_key=True)
    id: Mapped[BigInt] = mapped_column(Identity(), primary_key=True)
    email_hash: Mapped[bytes] = mapped_column(LargeBinary)
    remote_addr: Mapped[str | None] = mapped_column(INET)
    at: Mapped[Moment] = mapped_column(server_default=func.now())
