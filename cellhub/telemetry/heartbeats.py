"""Signs of life, as written and as read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cellhub.domain.canary import Answers
from cellhub.telemetry.models import Heartbeat

EVERY = dt.timedelta(seconds=10)
KEPT = dt.timedelta(days=7)
PROBLEM = "problem"
"""The key of ``detail`` under which a living process says, in a sentence, what it cannot do."""

SINCE, ASKED, FAILED = "since", "asked", "failed"
"""The keys under which an agent says when it began, and how many calls it has answered and failed."""


class Part(StrEnum):
    """The parts of an installation that beat."""

    ASTERISK = "asterisk"
    JANUS = "janus"
    WORKER = "worker"
    SCHEDULER = "scheduler"


@dataclass(frozen=True, slots=True)
class Beat:
    """The last sign of life of one instance of a part."""

    part: Part
    instance: str
    seen_at: dt.datetime
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """What the instance says it cannot do; empty when it is well."""
        return str(self.detail.get(PROBLEM) or "")

    @property
    def since(self) -> dt.datetime | None:
        """When the instance began; None if it does not say so."""
        told = self.detail.get(SINCE)
        return dt.datetime.fromisoformat(told) if told else None

    @property
    def answers(self) -> Answers:
        """The calls that an agent has answered and failed since it began."""
        return Answers(self.detail.get(ASKED) or 0, self.detail.get(FAILED) or 0)


def beat(
    session: Session, tenant_id: int, part: Part, instance: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Note that ``instance`` of ``part`` is alive now, by the database's clock."""
    values = {"seen_at": func.now(), "detail": dict(detail or {})}
    statement = insert(Heartbeat).values(tenant_id=tenant_id, part=part.value, instance=instance, **values)
    session.execute(
        statement.on_conflict_do_update(index_elements=["tenant_id", "part", "instance"], set_=values)
    )


def beats(session: Session) -> tuple[Beat, ...]:
    """The signs of life that the session's scope sees; parts of a newer release are left out."""
    rows = session.scalars(select(Heartbeat).where(Heartbeat.part.in_([part.value for part in Part])))
    return tuple(Beat(Part(row.part), row.instance, row.seen_at, row.detail) for row in rows)


def forget_silent(session: Session) -> int:
    """Delete the signs of instances that have been gone for days, and count them."""
    gone = delete(Heartbeat).where(Heartbeat.seen_at < func.now() - KEPT)
    return int(session.execute(gone).rowcount)  # type: ignore[attr-defined]
