"""Updates and their steps. They are the platform's: no tenant has rows here, or sees them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, literal_column
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, Moment
from cellhub.domain.updates import ENDS, Step

STEPS = ", ".join(f"'{step}'" for step in Step)
OPEN = f"step NOT IN ({', '.join(sorted(repr(str(step)) for step in ENDS))})"


class UpdateRun(Base):
    """One update: its terms as JSON, the step in which it is, and why it went back if it did.

    ``document`` is the manifest as it was signed, kept so that what was checked is what is done.
    ``resource`` names the Update of Kubernetes that wished for it, NAMESPACE/NAME/UID, empty
    on one machine.
    """

    __tablename__ = "update_run"
    __table_args__ = (
        CheckConstraint(f"step IN ({STEPS})", name="step"),
        Index("ix_update_run_resource", "resource", unique=True, postgresql_where="resource <> ''"),
        # One at a time, whoever starts it.
        Index("ix_update_run_open", literal_column("(true)"), unique=True, postgresql_where=OPEN),
    )

    id: Mapped[BigInt] = mapped_column(Identity(), primary_key=True)
    version: Mapped[str]
    from_version: Mapped[str]
    document: Mapped[str]
    signature: Mapped[str]
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    step: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    resource: Mapped[str] = mapped_column(server_default="")
    started_by: Mapped[str]
    started_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]


class UpdateStep(Base):
    """A step of an update, in the order in which they were taken."""

    __tablename__ = "update_step"

    run_id: Mapped[BigInt] = mapped_column(ForeignKey("update_run.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    started_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]
    message: Mapped[str] = mapped_column(server_default="")
