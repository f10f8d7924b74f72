"""Trunks: the upstream providers that carry calls."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, TenantOwned, tenant_fk


class Trunk(TenantOwned, Base):
    """A provider's SIP server and how numbers are sent to it.

    Without ``register`` the provider knows us by our address; with it we register by
    ``username`` and a secret, which is kept encrypted under a key outside the database.
    ``max_channels`` 0 means no cap; a lower ``priority`` is preferred. ``registration``
    is what the softswitch last reported.
    """

    __tablename__ = "trunk"
    __table_args__ = (
        tenant_fk(),
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint("name ~ '^[a-z0-9][a-z0-9-]{0,39}$'", name="name"),
        CheckConstraint("port BETWEEN 1 AND 65535", name="port"),
        CheckConstraint("max_channels >= 0", name="max_channels"),
        CheckConstraint("ring_seconds BETWEEN 5 AND 180", name="ring_seconds"),
        CheckConstraint("NOT register OR username <> ''", name="register_needs_username"),
    )

    name: Mapped[str]
    provider: Mapped[str] = mapped_column(default="", server_default="")
    host: Mapped[str]
    port: Mapped[int] = mapped_column(default=5060, server_default="5060")
    username: Mapped[str] = mapped_column(default="", server_default="")
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    register: Mapped[bool] = mapped_column(default=False, server_default="false")
    codecs: Mapped[str] = mapped_column(default="alaw,ulaw", server_default="alaw,ulaw")
    max_channels: Mapped[int] = mapped_column(default=0, server_default="0")
    strip_prefix: Mapped[str] = mapped_column(default="", server_default="")
    add_prefix: Mapped[str] = mapped_column(default="", server_default="")
    caller_id: Mapped[str] = mapped_column(default="", server_default="")
    ring_seconds: Mapped[int] = mapped_column(default=60, server_default="60")
    priority: Mapped[int] = mapped_column(default=10, server_default="10")
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    registration: Mapped[str] = mapped_column(default="", server_default="")
