"""The tenant: one company that sells calls."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Identity, func
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, Moment


class Tenant(Base):
    """A company with its own clients, rates, trunks and softswitch.

    A one-company installation has one row and never shows the word. Tenant 0 is the
    platform, to which superadmins belong.
    """

    __tablename__ = "tenant"
    __table_args__ = (CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,40}$'", name="slug"),)

    id: Mapped[BigInt] = mapped_column(Identity(start=1), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sip_domain: Mapped[str] = mapped_column(server_default="")
    currency: Mapped[str] = mapped_column(server_default="USD")
    time_zone: Mapped[str] = mapped_column(server_default="UTC")
    first_slice: Mapped[int] = mapped_column(server_default="60")
    created_at: Mapped[Moment] = mapped_column(server_default=func.now())
