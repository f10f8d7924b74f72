"""Updates as their rows tell: those of one machine."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cellhub.accounts.refusal import RefusedError
from cellhub.db.ids import read_id
from cellhub.updates import services
from cellhub.updates.keeping import Kept, Wish
from cellhub.updates.models import UpdateRun
from cellhub.updates.stepper import Taken

ON_THE_MACHINE = "Updates need a cluster. On one machine fetch the release, then make stop and make run."
THERE_TOO = "On one machine an update is taken back on that machine itself."


class DatabaseUpdates:
    """The updates of this installation; ``session`` sees the whole platform."""

    namespaces: tuple[str, ...] = ()

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> tuple[Kept, ...]:
        """The last updates, the newest first."""
        return tuple(map(self._kept, services.latest(self._session)))

    def find(self, key: str) -> Kept | None:
        """Look at an update."""
        wanted = read_id(key)
        row = None if wanted is None else self._session.get(UpdateRun, wanted)
        return self._kept(row) if row else None

    def tenants(self) -> tuple[str, ...]:
        """None: the installation is updated as a whole."""
        return ()

    def begin(self, namespace: str, wish: Wish) -> str:
        """Refuse: the release's archive has to be on the machine."""
        raise RefusedError("", ON_THE_MACHINE)

    def stop(self, key: str) -> None:
        """Refuse: whoever drives it is on the machine."""
        raise RefusedError("", THERE_TOO)

    def _kept(self, row: UpdateRun) -> Kept:
        steps = services.steps_of(self._session, row.id)
        taken = [Taken(one.name, one.started_at, one.finished_at, one.message) for one in steps]
        return Kept(
            key=str(row.id),
            version=row.version,
            from_version=row.from_version,
            since=row.started_at,
            taken=tuple(taken),
            by=row.started_by,
            # A row names the resource with its uid behind it.
            resource=row.resource.partition(" ")[0],
            locked=THERE_TOO,
        )
