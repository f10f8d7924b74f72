"""Calls that outlast the time that an update gives them: the agent of their pod hangs them up.

So each ends as any other does, and is charged to its end. That it was ended, and by which update, is
in its story; how many they were is in the platform's audit. Whoever is not heard by the agent loses
its call when the pod is gone, half a minute later.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, record
from cellhub.accounts.models import AuditEntry
from cellhub.calls.models import Call
from cellhub.charging.story import ENDED_BY
from cellhub.db.notify import publish_hang_up
from cellhub.db.scope import PLATFORM_TENANT, Scope, enter_scope
from cellhub.db.tenancy import Tenant
from cellhub.domain.settlement import FINAL
from cellhub.updates.models import UpdateRun

END_CALLS, CALLS = "end calls", "calls"
"""The deed in the audit, and its field: the pod, and how many calls were ended there."""


def count(session: Session, tenant: str, pod: str) -> int:
    """Count the calls of a pod that nobody has ended yet; the session sees the platform."""
    query = select(func.count()).select_from(Call).join(Tenant, Tenant.id == Call.tenant_id)
    return session.scalar(query.where(Tenant.slug == tenant, *_late(pod))) or 0


def end(session: Session, actor: str, run: UpdateRun, tenant: str, pod: str) -> None:
    """Have those ended when the transaction commits; the session sees the platform."""
    tenant_id = session.scalar(select(Tenant.id).where(Tenant.slug == tenant))
    if tenant_id is None:
        return
    enter_scope(session, Scope.charging(tenant_id))
    told = Call.story.op("||")(func.jsonb_build_object(ENDED_BY, f"Update {run.resource}"))
    mine = update(Call).where(Call.tenant_id == tenant_id, *_late(pod))
    calls = list(session.scalars(mine.values(story=told).returning(Call.call_id)))
    for call_id in calls:
        publish_hang_up(session, tenant_id, call_id)
    enter_scope(session, Scope.platform())
    if calls:
        who, changes = Actor(PLATFORM_TENANT, actor), {CALLS: [pod, len(calls)]}
        record(session, who, END_CALLS, run, name=run.version, account_id=None, changes=changes)
    session.flush()


def ended(session: Session, run: UpdateRun) -> int:
    """Count the calls that an update has ended; the session sees the platform."""
    query = select(AuditEntry.changes).where(
        AuditEntry.tenant_id == PLATFORM_TENANT,
        AuditEntry.account_id.is_(None),
        AuditEntry.action == END_CALLS,
        AuditEntry.object_kind == UpdateRun.__tablename__,
        AuditEntry.object_id == str(run.id),
    )
    return sum(changes[CALLS][1] for changes in session.scalars(query))


def _late(pod: str) -> tuple[ColumnElement[bool], ...]:
    return Call.pod == pod, Call.state.not_in(FINAL), ~Call.story.has_key(ENDED_BY)
