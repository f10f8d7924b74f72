"""Signs of life."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, Moment, tenant_fk


class Heartbeat(Base):
    """When a process was last seen and what it said of itself; agents beat for their pod."""

    __tablename__ = "heartbeat"
    __table_args__ = (tenant_fk(),)

    tenant_id: Mapped[BigInt] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    instance: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[Moment]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
