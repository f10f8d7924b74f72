"""The notes of updates in the database, each change of them in the audit of the platform."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, record
from cellhub.db.scope import PLATFORM_TENANT
from cellhub.domain.updates import ENDS, FORWARD, Move, Run, Step, Terms, abandoned
from cellhub.updates.models import UpdateRun, UpdateStep

OVER = "It has ended: there is nothing to take back."
COLUMNS = ("version", "from_version", "document", "signature", "resource")
KNOWN_TERMS = frozenset(field.name for field in fields(Terms))


class UpdateRefused(Exception):
    """An update cannot begin or go on; the text says why."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An update that somebody wants: the release's manifest as it was signed, and the terms."""

    version: str
    from_version: str
    document: str
    signature: str
    terms: Terms
    resource: str = ""


def begin(session: Session, actor: str, wish: Wish) -> UpdateRun:
    """Note a new update in its first step.

    Raises:
        UpdateRefused: another one has not ended.
    """
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    beginning = {"step": FORWARD[0], "reason": "", "started_by": actor, "started_at": now}
    run = UpdateRun(**_columns(wish), **beginning)
    try:
        with session.begin_nested():
            session.add(run)
            session.flush()
    except IntegrityError as error:
        raise UpdateRefused("Another update has not ended; there is one at a time.") from error
    session.add(UpdateStep(run_id=run.id, position=1, name=run.step, started_at=now))
    record(session, Actor(PLATFORM_TENANT, actor), "create", run, name=run.version, account_id=None)
    session.flush()
    return run


def _columns(wish: Wish) -> dict[str, Any]:
    return {name: getattr(wish, name) for name in COLUMNS} | {"terms": asdict(wish.terms)}


def unfinished(session: Session) -> UpdateRun | None:
    """Return the update that has not ended."""
    return session.scalar(select(UpdateRun).where(UpdateRun.step.not_in(ENDS)))


def of_resource(session: Session, resource: str) -> UpdateRun | None:
    """Return the update that an Update of Kubernetes wished for."""
    return session.scalar(select(UpdateRun).where(UpdateRun.resource == resource))


def latest(session: Session, count: int = 50) -> list[UpdateRun]:
    """Return the last updates, the newest first."""
    return list(session.scalars(select(UpdateRun).order_by(UpdateRun.id.desc()).limit(count)))


def steps_of(session: Session, run_id: int) -> list[UpdateStep]:
    """Return the steps of an update as they were taken."""
    query = select(UpdateStep).where(UpdateStep.run_id == run_id).order_by(UpdateStep.position)
    return list(session.scalars(query))


def as_run(row: UpdateRun) -> Run:
    """Return what is noted of an update, for the machine of states; terms of a newer release are left out."""
    known = {name: value for name, value in row.terms.items() if name in KNOWN_TERMS}
    return Run(Step(row.step), Terms(**known), row.reason)


def abandon(session: Session, actor: str, row: UpdateRun, why: str) -> None:
    """Let an update that runs go back, because nobody wants it any more; whoever drives it sees that.

    Raises:
        UpdateRefused: it has ended, or goes back already.
    """
    run = as_run(row)
    if run.step in ENDS:
        raise UpdateRefused(OVER)
    if run.step is Step.ROLLING_BACK:
        raise UpdateRefused("It goes back already.")
    move(session, actor, row, run.step, abandoned(run, why))


def move(session: Session, actor: str, row: UpdateRun, begun: Step, to: Move) -> None:
    """Note that the step ``begun`` has ended and another begins.

    Raises:
        UpdateRefused: the update is in another step by now, so somebody else drives it too.
    """
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    ended = now if to.step in ENDS else None
    changed = session.execute(
        update(UpdateRun)
        .where(UpdateRun.id == row.id, UpdateRun.step == begun)
        .values(step=to.step, reason=to.reason, finished_at=ended)
        .returning(UpdateRun.id)
    ).first()
    if changed is None:
        raise UpdateRefused(f"The update has left the step {begun}: somebody else drives it too.")
    last = steps_of(session, row.id)[-1]
    last.finished_at, last.message = now, to.message
    session.add(
        UpdateStep(
            run_id=row.id, position=last.position + 1, name=to.step, started_at=now, finished_at=ended,
            message=to.reason if ended else "",
        )
    )  # fmt: skip
    changes = {"step": [str(begun), str(to.step)]}
    record(
        session,
        Actor(PLATFORM_TENANT, actor),
        "change",
        row,
        name=row.version,
        account_id=None,
        changes=changes,
    )
    session.flush()
