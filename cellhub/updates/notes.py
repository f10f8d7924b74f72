"""The notes of one update in the database, as whoever drives it reads and writes them."""

from __future__ import annotations

from sqlalchemy.orm import Session, sessionmaker

from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.domain.updates import Move, Run, Step
from cellhub.updates import services
from cellhub.updates.models import UpdateRun


class DatabaseNotes:
    """Notes of the update ``run_id``, each in a transaction of its own, written as ``actor``."""

    def __init__(self, sessions: sessionmaker[Session], run_id: int, actor: str) -> None:
        self._sessions, self._run_id, self._actor = sessions, run_id, actor

    def read(self) -> Run:
        """Return the step in which it is."""
        with scoped(self._sessions, Scope.platform()) as session:
            return services.as_run(session.get_one(UpdateRun, self._run_id))

    def move(self, begun: Step, to: Move) -> None:
        """Note in one piece that the step ``begun`` has ended and another begins.

        Raises:
            UpdateRefused: it is in another step by now.
        """
        with scoped(self._sessions, Scope.platform()) as session:
            services.move(session, self._actor, session.get_one(UpdateRun, self._run_id), begun, to)
