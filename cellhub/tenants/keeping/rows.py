"""What the database tells of tenants: the rows, their running calls, and when their softswitches beat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellhub.calls.models import Call
from cellhub.db.scope import PLATFORM_TENANT
from cellhub.db.tenancy import Tenant
from cellhub.domain.settlement import FINAL
from cellhub.telemetry.heartbeats import Part
from cellhub.telemetry.models import Heartbeat


def tenants(session: Session) -> list[Tenant]:
    """Every tenant but the platform itself, by name."""
    return list(session.scalars(select(Tenant).where(Tenant.id != PLATFORM_TENANT).order_by(Tenant.slug)))


def tenant_of(session: Session, slug: str, *, lock: bool = False) -> Tenant | None:
    """The tenant of a slug, held until the end of the transaction with ``lock``."""
    found = select(Tenant).where(Tenant.slug == slug, Tenant.id != PLATFORM_TENANT)
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    return session.scalar(found)


def calls_of(session: Session, tenant_ids: Iterable[int]) -> dict[int, int]:
    """Calls in progress, by tenant; one without any is left out."""
    running = select(Call.tenant_id, func.count()).where(
        Call.tenant_id.in_(list(tenant_ids)), Call.state.not_in(FINAL)
    )
    return {tenant_id: count for tenant_id, count in session.execute(running.group_by(Call.tenant_id))}


def last_beats(session: Session) -> dict[int, dt.datetime]:
    """When a softswitch of each tenant was last heard of."""
    query = select(Heartbeat.tenant_id, func.max(Heartbeat.seen_at)).where(Heartbeat.part == Part.ASTERISK)
    return {tenant_id: seen_at for tenant_id, seen_at in session.execute(query.group_by(Heartbeat.tenant_id))}
