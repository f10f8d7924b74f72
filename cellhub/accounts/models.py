"""What was changed, by whom."""

from __future__ import annotations

from typing import Any

from sqlalchemy import FetchedValue, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, TenantOwned, tenant_fk


class AuditEntry(TenantOwned, Base):
    """One change of one object, insert-only; the manual's User History is made of these.

    ``changes`` maps a field to its old and new value; a secret's are never in it. The database
    gives each entry its ``position`` in the tenant's chain, from 1, and a ``hash`` over its
    content and the hash of the entry before.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        tenant_fk(),
        Index(None, "tenant_id", "account_id", "id"),
        UniqueConstraint("tenant_id", "position", name="uq_audit_entry_tenant_id_position"),
    )

    account_id: Mapped[BigInt | None]
    actor_id: Mapped[BigInt | None]
    actor: Mapped[str]
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    object_name: Mapped[str]
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    position: Mapped[BigInt] = mapped_column(server_default=FetchedValue())
    hash: Mapped[bytes] = mapped_column(LargeBinary, server_default=FetchedValue())
