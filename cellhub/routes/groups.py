"""Open, change and delete trunk groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.refusal import RefusedError, unless_taken
from cellhub.domain.failover import FailoverError, failover_codes
from cellhub.domain.routing import Group, Member
from cellhub.rates.usage import named
from cellhub.routes.models import Trunk, TrunkGroup, TrunkGroupTrunk
from cellhub.sip.models import SipUser

TERMS = ("name", "strategy", "failover_codes")
NAME_TAKEN = "A trunk group has this name already. Write another one."


def open_group(session: Session, actor: Actor, group: Group) -> TrunkGroup:
    """Open a group of trunks.

    Raises:
        RefusedError: the name is taken, a code is none, or a trunk is not one of the tenant's.
    """
    _check(session, actor.tenant_id, group)
    row = TrunkGroup(tenant_id=actor.tenant_id, **_terms(group))
    with unless_taken(session, "name", NAME_TAKEN):
        session.add(row)
        session.flush()
    _set_members(session, row, group.members)
    record(session, actor, "create", row, name=row.name, account_id=None)
    return row


def change_group(session: Session, actor: Actor, row: TrunkGroup, group: Group) -> None:
    """Change name, strategy, codes and trunks; running calls go on as they were checked.

    Raises:
        RefusedError: as :func:`open_group`.
    """
    _check(session, row.tenant_id, group)
    before = _words(session, row)
    with unless_taken(session, "name", NAME_TAKEN):
        for name, value in _terms(group).items():
            setattr(row, name, value)
        changes = changes_of(row, TERMS)
        session.flush()
    _set_members(session, row, group.members)
    after = _words(session, row)
    if before != after:
        changes["trunks"] = [before, after]
    if changes:
        record(session, actor, "change", row, name=row.name, account_id=None, changes=changes)


def why_kept(session: Session, row: TrunkGroup) -> str:
    """Say who needs a group; empty when it may be deleted."""
    own = SipUser.tenant_id == row.tenant_id, SipUser.trunk_group_id == row.id
    phones = session.scalars(select(SipUser.username).where(*own).order_by(SipUser.username)).all()
    users = named("SIP user", phones)
    return f"It is the trunk group of {users}. Choose another one there first." if users else ""


def delete_group(session: Session, actor: Actor, row: TrunkGroup) -> None:
    """Delete a group; its trunks stay.

    Raises:
        RefusedError: a SIP user calls by it.
    """
    reason = why_kept(session, row)
    if reason:
        raise RefusedError("group", reason)
    record(session, actor, "delete", row, name=row.name, account_id=None)
    session.delete(row)
    session.flush()


def members_of(session: Session, row: TrunkGroup) -> Sequence[tuple[Trunk, Member]]:
    """The trunks of a group by their priority."""
    found = session.execute(
        select(Trunk, TrunkGroupTrunk)
        .join(
            TrunkGroupTrunk,
            (TrunkGroupTrunk.tenant_id == Trunk.tenant_id) & (TrunkGroupTrunk.trunk_id == Trunk.id),
        )
        .where(TrunkGroupTrunk.tenant_id == row.tenant_id, TrunkGroupTrunk.group_id == row.id)
        .order_by(TrunkGroupTrunk.priority, Trunk.id)
    )
    return [(trunk, Member(trunk.id, place.priority, place.weight)) for trunk, place in found]


def _terms(group: Group) -> dict[str, Any]:
    return {name: getattr(group, name) for name in TERMS}


def _check(session: Session, tenant_id: int, group: Group) -> None:
    try:
        failover_codes(group.failover_codes)
    except FailoverError as error:
        raise RefusedError("failover_codes", str(error)) from None
    wanted = [member.trunk_id for member in group.members]
    known = session.scalars(select(Trunk.id).where(Trunk.tenant_id == tenant_id, Trunk.id.in_(wanted)))
    if len(set(wanted)) < len(wanted) or set(known) != set(wanted):
        raise RefusedError("members", "Choose trunks that exist, each once.")
    if any(member.weight < 1 for member in group.members):
        raise RefusedError("members", "Write a weight of 1 or more.")


def _set_members(session: Session, row: TrunkGroup, members: Sequence[Member]) -> None:
    own = TrunkGroupTrunk.tenant_id == row.tenant_id, TrunkGroupTrunk.group_id == row.id
    session.execute(delete(TrunkGroupTrunk).where(*own))
    for member in members:
        place = {"trunk_id": member.trunk_id, "priority": member.priority, "weight": member.weight}
        session.add(TrunkGroupTrunk(tenant_id=row.tenant_id, group_id=row.id, **place))
    session.flush()


def _words(session: Session, row: TrunkGroup) -> str:
    members = members_of(session, row)
    return ", ".join(f"{trunk.name} ({one.priority}, weight {one.weight})" for trunk, one in members)
