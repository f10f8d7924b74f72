"""Updates as their rows tell: those of one machine, which begin and end there by a row alone.

Whoever runs the machine (`cellhub run`) sees the row and drives the update.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BufferedIOBase

from sqlalchemy.orm import Session

from cellhub.accounts.refusal import LockedError, RefusedError
from cellhub.accounts.tenants import ensure_platform
from cellhub.db.ids import read_id
from cellhub.domain.updates import Terms
from cellhub.updates import services
from cellhub.updates.keeping import GONE, Kept, Wish
from cellhub.updates.manifest import Manifest as Release
from cellhub.updates.manifest import ManifestError, check_content, read
from cellhub.updates.models import UpdateRun
from cellhub.updates.releases import Releases
from cellhub.updates.stepper import Taken

NOT_HERE = "This portal can begin no update: it was not started by cellhub run."
NOT_OURS = "It is taken back where it was begun."
NO_ARCHIVE = "{} has no archive, so it is not for one machine."
TAKEN_BACK = "{} has taken it back."


@dataclass(frozen=True, slots=True)
class Machine:
    """The one that an update is brought to: its releases, whose are believed, and who asks."""

    releases: Releases
    key: str
    actor: str


class DatabaseUpdates:
    """The updates of this installation; ``session`` sees the whole platform.

    Without a ``machine`` they are only shown.
    """

    namespaces: tuple[str, ...] = ()

    def __init__(self, session: Session, machine: Machine | None = None) -> None:
        self._session, self._machine = session, machine

    @property
    def takes_archives(self) -> bool:
        """Whether an update can be begun here."""
        return self._machine is not None

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
        """Note an update, and keep the archive that it brings."""
        machine = self._machine
        if machine is None:
            raise RefusedError("", NOT_HERE)
        release, archive = _believed(wish, machine.key)
        terms = Terms(wish.backup, wish.canary, wish.canary_seconds, wish.allow_rollback)
        noted = services.Wish(
            release.version, machine.releases.running(), wish.document.decode(), wish.signature, terms
        )
        try:
            with self._session.begin_nested():
                ensure_platform(self._session)
                run = services.begin(self._session, machine.actor, noted)
                machine.releases.take(archive.file, archive.digest)
        except services.UpdateRefused as refused:
            raise RefusedError("", str(refused)) from None
        except OSError as error:
            raise RefusedError("archive", f"It cannot be kept on this machine: {error.strerror}.") from error
        return str(run.id)

    def stop(self, key: str) -> None:
        """Note that an update goes back."""
        kept, machine = self.find(key), self._machine
        if kept is None:
            raise RefusedError("", GONE)
        if machine is None or kept.locked:
            raise LockedError("", kept.locked)
        try:
            run = self._session.get_one(UpdateRun, int(key))
            services.abandon(self._session, machine.actor, run, TAKEN_BACK.format(machine.actor))
        except services.UpdateRefused as refused:
            raise RefusedError("", str(refused)) from None

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
            resource=row.resource.rpartition("/")[0],
            locked=self._locked(row),
        )

    def _locked(self, row: UpdateRun) -> str:
        return NOT_OURS if self._machine is None or row.resource else ""


@dataclass(frozen=True, slots=True)
class _Believed:
    """An archive that is the release's own, open at its beginning."""

    file: BufferedIOBase
    digest: str


def _believed(wish: Wish, key: str) -> tuple[Release, _Believed]:
    """The release and its archive, if its manifest can be believed and the archive is its own."""
    try:
        release = read(wish.document, wish.signature, key)
    except ManifestError as error:
        raise RefusedError("manifest", str(error)) from None
    if release.archive is None:
        raise RefusedError("manifest", NO_ARCHIVE.format(release.version))
    if wish.archive is None:
        raise RefusedError("archive", f"Choose the file {release.archive.name}.")
    try:
        check_content(release, wish.archive.file, wish.archive.name)
    except ManifestError as error:
        raise RefusedError("archive", str(error)) from None
    wish.archive.file.seek(0)
    return release, _Believed(wish.archive.file, release.archive.sha256)
