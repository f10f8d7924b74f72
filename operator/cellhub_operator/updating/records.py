"""Updates in the database, as the operator notes them and reads them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from cellhub.db.scope import Scope, enter_scope
from cellhub.db.session import scoped
from cellhub.db.tenancy import Tenant
from cellhub.domain.updates import ENDS, Step, abandoned
from cellhub.telemetry.heartbeats import Beat, Part, beats
from cellhub.updates import services
from cellhub.updates.models import UpdateRun
from cellhub.updates.notes import DatabaseNotes
from cellhub.updates.services import UpdateRefused, Wish
from cellhub_operator.updating import late
from cellhub_operator.updating.wish import UpdateWish
from cellhub_operator.updating.world import Papers

ACTOR = "Kubernetes"
DELETED = "The Update was deleted."


@dataclass(frozen=True, slots=True)
class StepTold:
    """A step that an update took."""

    name: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    message: str


@dataclass(frozen=True, slots=True)
class Story:
    """An update as it is noted."""

    run_id: int
    from_version: str
    step: Step
    reason: str
    papers: Papers
    steps: tuple[StepTold, ...]
    ended_calls: int = 0
    """Calls that would not end within their time, and were ended."""


class Records:
    """The notes of updates."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def story(self, wish: UpdateWish) -> Story | None:
        """Read what is noted of an update; None if it has not begun."""
        with scoped(self._sessions, Scope.platform()) as session:
            run = services.of_resource(session, wish.mark)
            return _story(session, run) if run is not None else None

    def begin(self, wish: UpdateWish, from_version: str, document: str) -> Story:
        """Note that an update begins.

        Raises:
            UpdateRefused: another one has not ended.
        """
        wished = Wish(wish.version, from_version, document, wish.signature, wish.terms, wish.mark)
        with scoped(self._sessions, Scope.platform()) as session:
            return _story(session, services.begin(session, ACTOR, wished))

    def notes(self, story: Story) -> DatabaseNotes:
        """The notes that the driver reads and writes."""
        return DatabaseNotes(self._sessions, story.run_id, ACTOR)

    def abandon(self, story: Story) -> None:
        """Let an update go back because nobody wants it any more."""
        notes = self.notes(story)
        run = notes.read()
        if run.step not in ENDS and run.step is not Step.ROLLING_BACK:
            notes.move(run.step, abandoned(run, DELETED))

    def late_calls(self, tenant: str, pod: str) -> int:
        """Count the calls of a pod that :meth:`end_calls` would end."""
        with scoped(self._sessions, Scope.platform()) as session:
            return late.count(session, tenant, pod)

    def end_calls(self, wish: UpdateWish, tenant: str, pod: str) -> None:
        """End the calls of a pod, and note that it was this update."""
        with scoped(self._sessions, Scope.platform()) as session:
            run = services.of_resource(session, wish.mark)
            if run is not None:
                late.end(session, ACTOR, run, tenant, pod)

    def revision(self) -> str:
        """The revision of the tables."""
        with scoped(self._sessions, Scope.platform()) as session:
            return str(session.scalar(text("SELECT version_num FROM alembic_version")))

    def beats(self, tenant: str) -> Iterable[Beat]:
        """The signs of life of a tenant's softswitches."""
        with scoped(self._sessions, Scope.platform()) as session:
            tenant_id = session.scalar(select(Tenant.id).where(Tenant.slug == tenant))
            if tenant_id is None:
                return ()
            enter_scope(session, Scope.of_tenant(tenant_id))
            return tuple(beat for beat in beats(session) if beat.part is Part.ASTERISK)


def _story(session: Session, run: UpdateRun) -> Story:
    steps = (
        StepTold(step.name, step.started_at, step.finished_at, step.message)
        for step in services.steps_of(session, run.id)
    )
    papers = Papers(run.document, run.signature)
    ended = late.ended(session, run)
    return Story(run.id, run.from_version, Step(run.step), run.reason, papers, tuple(steps), ended)


__all__ = ["Records", "StepTold", "Story", "UpdateRefused"]
