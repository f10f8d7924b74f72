"""Begin an update of this machine, drive one to its end or watch who does, told step by step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from cellhub.accounts.tenants import ensure_platform
from cellhub.db.roles import PORTAL
from cellhub.db.scope import Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.domain.updates import ENDS, Action, Hold, Move, Replace, Rest, Start, Step, Terms
from cellhub.local.installation import Installation
from cellhub.local.locks import locked
from cellhub.local.problem import Problem
from cellhub.local.updating import disk
from cellhub.local.updating.papers import Papers
from cellhub.local.updating.site import MachineSite, follows
from cellhub.local.updating.world import MachineWorld
from cellhub.updates import services
from cellhub.updates.driver import turn
from cellhub.updates.manifest import ManifestError
from cellhub.updates.models import UpdateRun
from cellhub.updates.notes import DatabaseNotes
from cellhub.updates.releases import RUN, Releases
from cellhub.updates.services import UpdateRefused, Wish

ACTOR = "cellhub update"
TAKEN_BACK = "It was taken back."
PAUSE_SECONDS = 0.5
STARTS = {
    Step.PREFLIGHT: "the release is unpacked and set up beside the one that runs; this takes a minute",
    Step.BACKUP: "the database is saved",
    Step.MIGRATE: "the tables are brought to the release",
}

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An update that has not ended: its number, and what it brings."""

    run_id: int
    version: str
    document: str
    signature: str
    step: str


@contextmanager
def notes_of(installation: Installation) -> Iterator[sessionmaker[Session]]:
    """Give sessions for the notes of updates."""
    engine = make_engine(installation.database_url(PORTAL.name), application=ACTOR, pool_size=1)
    try:
        yield make_session_factory(engine)
    finally:
        engine.dispose()


def alone(installation: Installation) -> AbstractContextManager[bool]:
    """Say whether nobody else drives an update here, and stay the only one for the block."""
    return locked(installation.run_folder / "update.lock")


def unfinished(sessions: sessionmaker[Session]) -> Unfinished | None:
    """Return the update that has not ended."""
    with scoped(sessions, Scope.platform()) as session:
        row = services.unfinished(session)
        return _as_unfinished(row) if row else None


def _as_unfinished(row: UpdateRun) -> Unfinished:
    return Unfinished(row.id, row.version, row.document, row.signature, row.step)


def check(installation: Installation, papers: Papers, archive: Path) -> None:
    """Refuse what cannot follow here, before anything is noted of it.

    Raises:
        Problem: says why, and what would be right.
    """
    trouble = follows(installation, papers)
    if trouble:
        raise Problem(f"MANIFEST: {trouble}")
    room = disk.objection(installation, archive, is_set_up=False)
    if room:
        raise Problem(room)


def begin(
    installation: Installation, sessions: sessionmaker[Session], papers: Papers, archive: Path, terms: Terms
) -> Unfinished:
    """Note the update, and keep its archive.

    Raises:
        Problem: another one has not ended, or the disk does not take the archive.
    """
    releases, told = Releases(installation.home), papers.manifest.archive
    wish = Wish(papers.manifest.version, releases.running(), papers.document, papers.signature, terms)
    try:
        with scoped(sessions, Scope.platform()) as session, archive.open("rb") as file:
            ensure_platform(session)
            row = services.begin(session, ACTOR, wish)
            releases.take(file, told.sha256 if told else "")
            return _as_unfinished(row)
    except UpdateRefused as error:
        raise Problem(str(error)) from error
    except OSError as error:
        raise Problem(f"--archive: it cannot be kept in {releases.folder}: {error.strerror}.") from error


def take_back(sessions: sessionmaker[Session]) -> None:
    """Let the update that runs go back.

    Raises:
        Problem: none does, or it goes back already.
    """
    with scoped(sessions, Scope.platform()) as session:
        row = services.unfinished(session)
        if row is None:
            raise Problem("No update is unfinished: there is nothing to take back.")
        try:
            services.abandon(session, ACTOR, row, TAKEN_BACK)
        except UpdateRefused as error:
            raise Problem(str(error)) from error


def drive(installation: Installation, sessions: sessionmaker[Session], begun: Unfinished, say: Say) -> Step:
    """Do one thing after the other until the update has ended; return where.

    Raises:
        Problem: the machine has ended meanwhile.
    """
    try:
        papers = Papers.of(begun.document, begun.signature, installation.settings.release_key)
    except ManifestError as error:
        raise Problem(f"The update to {begun.version} cannot go on: {error}") from error
    world = MachineWorld(MachineSite(installation, papers, begun.run_id), begun.version)
    notes, last = DatabaseNotes(sessions, begun.run_id, ACTOR), ""
    while True:
        step = notes.read().step
        if step in ENDS:
            return step
        try:
            action = turn(world, notes)
        except UpdateRefused:  # somebody has taken it back in that moment
            continue
        line = told(step, action)
        if line != last:
            say(line)
        last = line
        if isinstance(action, Hold):
            time.sleep(PAUSE_SECONDS)


def follow(sessions: sessionmaker[Session], begun: Unfinished, say: Say) -> Step:
    """Tell the steps of an update that somebody else drives until it has ended; return where."""
    notes, shown = DatabaseNotes(sessions, begun.run_id, ACTOR), 0
    while True:
        step = notes.read().step
        with scoped(sessions, Scope.platform()) as session:
            ended = [one for one in services.steps_of(session, begun.run_id) if one.finished_at]
        for one in ended[shown:]:
            say(f"  {one.name:<13}{one.message}")
        shown = len(ended)
        if step in ENDS:
            return step
        time.sleep(PAUSE_SECONDS)


def told(step: Step, action: Action) -> str:
    """Say in a line what was just done."""
    return f"  {step:<13}{_deed(action)}"


def _deed(action: Action) -> str:
    match action:
        case Start(step):
            return f"{STARTS.get(step, 'its work is done')}: done"
        case Replace(part):
            return f"{part} is replaced" if part != RUN else "the next start is of this release"
        case Move(_, message):
            return message
        case Hold(message):
            return f"{message} ..."
        case Rest():
            return "nothing is left to do"
