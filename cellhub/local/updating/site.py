"""The way of an update to the machine itself: its processes, its database, its disk."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from cellhub.db.elsewhere import revision_of
from cellhub.db.roles import PORTAL
from cellhub.db.scope import DatabaseRole, Scope
from cellhub.domain.canary import Answers
from cellhub.domain.releases import Standing, Version, objection
from cellhub.domain.updates import Step
from cellhub.local.installation import DATABASE, Installation
from cellhub.local.problem import Problem
from cellhub.local.report import shown_path
from cellhub.local.sessions import session_in, tenant_session
from cellhub.local.updating import building, disk
from cellhub.local.updating.manager import Manager
from cellhub.local.updating.papers import Papers
from cellhub.local.updating.world import Process, Sign
from cellhub.money.proof import INVARIANTS
from cellhub.telemetry.heartbeats import Beat, Part, beats
from cellhub.updates.driver import StepFailed
from cellhub.updates.manifest import ManifestError, check_archive
from cellhub.updates.releases import RUN, Releases, point
from cellhub.updates.saving import NotSaved, save

REASON = re.compile(r"^[\w.]*(Error|Exception|Problem|cellhub)\b.*: ?\S")
FORMER, ANSWERS = "former", "answers.json"


class Next:
    """What is kept for the update ``run_id`` while it is under way."""

    def __init__(self, releases: Releases, run_id: int) -> None:
        self._releases, self.folder = releases, releases.folder / "next" / str(run_id)

    @property
    def former(self) -> Path:
        """A link to the environment that it goes back to."""
        return self.folder / FORMER

    @property
    def answers(self) -> Path:
        """What the former agent had counted."""
        return self.folder / ANSWERS

    def begin(self) -> None:
        """Remember what it goes back to; whoever goes on with it finds that there.

        What starts next is changed last, so as long as nothing is remembered it is the former release.

        Raises:
            Problem: nothing is known to go back to.
        """
        if self.former.exists():
            return
        running = self._releases.of(RUN)
        if running is None:
            raise Problem("The release that runs knows no updates. End it and start this one: make run")
        shutil.rmtree(self.folder.parent, ignore_errors=True)
        point(self.former, running)


class MachineSite:
    """The machine of ``installation``, for the update ``run_id`` to the release of ``papers``."""

    def __init__(self, installation: Installation, papers: Papers, run_id: int) -> None:
        self._installation, self._papers, self._run_id = installation, papers, run_id
        self._releases = Releases(installation.home)
        self._next = Next(self._releases, run_id)
        self._next.begin()
        self._manager = Manager(installation)

    @property
    def new(self) -> Path:
        """What the update brings."""
        return self._releases.environment(self._papers.manifest.version).resolve()

    @property
    def former(self) -> Path:
        """What it goes back to."""
        return self._next.former.resolve()

    def now(self) -> dt.datetime:
        """The time."""
        return dt.datetime.now(dt.UTC)

    def objection(self) -> str:
        """Say why the update cannot be, in a sentence; nothing if it can."""
        try:
            check_archive(self._papers.manifest, self._archive)
        except (ManifestError, OSError) as error:
            return str(error)
        return (
            follows(self._installation, self._papers)
            or disk.objection(self._installation, self._archive, self.is_ready())
            or self.broken_books()
        )

    def is_ready(self) -> bool:
        """Say whether the release lies there, set up."""
        return building.is_ready(self._source, self._digest)

    def is_saved(self) -> bool:
        """Say whether the backup is there: a file that has its name is whole."""
        return self.backup.exists()

    @property
    def backup(self) -> Path:
        """The file of the backup."""
        name = f"before-{self._papers.manifest.version}-{self._run_id}.dump"
        return self._installation.home / "backups" / name

    def is_migrated(self) -> bool:
        """Say whether the tables are those of the release."""
        return revision(self._installation) == self._papers.manifest.migrations.last

    def broken_books(self) -> str:
        """Name the rules of the books that do not hold."""
        with session_in(self._installation, Scope.platform()) as session:
            broken = [one for one in INVARIANTS if any(True for _ in one.drifts(session))]
        names = " ".join(f"{one.number}. {one.sentence}" for one in broken)
        return f"The books do not add up ('cellhub doctor money' says where): {names}" if broken else ""

    def work(self, step: Step) -> None:
        """Do the work of a step to its end.

        Raises:
            StepFailed: it cannot be done.
        """
        works: dict[Step, Callable[[], None]] = {
            Step.PREFLIGHT: self._prepare,
            Step.BACKUP: self._save,
            Step.MIGRATE: self._migrate,
        }
        works[step]()

    @property
    def _source(self) -> Path:
        return self._releases.source(self._papers.manifest.version)

    @property
    def _digest(self) -> str:
        told = self._papers.manifest.archive
        return told.sha256 if told else ""

    @property
    def _archive(self) -> Path:
        return self._releases.archive(self._digest)

    def _prepare(self) -> None:
        version, log = self._papers.manifest.version, self._installation.logs / "update-setup.log"
        building.build(self._archive, self._source, version, self._digest, log)

    def _save(self) -> None:
        server = self._installation.postgres()
        self.backup.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            save(server.placement.programs, server.superuser_url(), DATABASE, self.backup)
        except NotSaved as error:
            raise StepFailed(str(error)) from error

    def _migrate(self) -> None:
        """Let the release's own code do it: it has the migrations."""
        command = [str(self.new / "bin" / "cellhub"), "db", "upgrade"]
        variables = os.environ | self._installation.environment(PORTAL.name)
        log = self._installation.logs / "update-migrate.log"
        with log.open("wb") as output:
            done = subprocess.run(command, env=variables, stdout=output, stderr=output, check=False)
        if done.returncode:
            raise StepFailed(f"{_reason(log)} ({shown_path(log)})")
        if not self.is_migrated():
            found, last = revision(self._installation), self._papers.manifest.migrations.last
            raise StepFailed(f"The release brings the tables to {found}, and its manifest says {last}.")

    def starts_from(self, part: str) -> Path | None:
        """The environment from which a part is started."""
        return self._releases.of(part)

    def process(self, part: str) -> Process:
        """How a part runs."""
        return self._manager.process(part, self._releases.link(part))

    def put(self, part: str, environment: Path) -> None:
        """Let a part start from ``environment``, and start it anew.

        It is ended first: whoever is killed in between leaves it ended, and the next one sees that.
        """
        if part == RUN:
            self._releases.put(part, environment)
            return
        if part == "agent" and environment == self.new:
            self._keep_answers()
        self._manager.end(part)
        self._releases.put(part, environment)
        self._manager.begin(part)

    def _keep_answers(self) -> None:
        if self.process("agent").environment == self.former:
            told = self._beat()
            answers = told.answers if told else Answers()
            self._next.answers.write_text(json.dumps(asdict(answers)), encoding="ascii")

    def former_answers(self) -> Answers:
        """The calls of the former agent, as they were when it was replaced."""
        kept = self._next.answers
        return Answers(**json.loads(kept.read_text(encoding="ascii"))) if kept.exists() else Answers()

    def sign(self) -> Sign | None:
        """The agent's sign of life, if it is of the one that runs now."""
        told = self._beat()
        begun = self._manager.begun("agent")
        since = _since(told) if told else None
        return Sign(since, told.answers) if told and since and since >= begun else None

    def _beat(self) -> Beat | None:
        pod = self._installation.settings.pod
        with tenant_session(self._installation) as session:
            found = [beat for beat in beats(session) if (beat.part, beat.instance) == (Part.ASTERISK, pod)]
        return found[0] if found else None


def revision(installation: Installation) -> str:
    """The revision of the tables as they are."""
    return revision_of(installation.database_url(DatabaseRole.OWNER)) or "none"


def follows(installation: Installation, papers: Papers) -> str:
    """Say why the release cannot follow what stands, in a sentence; nothing if it can."""
    manifest = papers.manifest
    try:
        standing = Standing(Version.parse(Releases(installation.home).running()), revision(installation))
    except ValueError as error:
        return f"What runs here has no number that a release could follow: {error}."
    revisions = manifest.migrations.first, manifest.migrations.last
    return objection(standing, manifest.number, Version.parse(manifest.follows), revisions)


def _since(told: Beat) -> dt.datetime | None:
    try:
        return told.since
    except (TypeError, ValueError):  # somebody else's writing
        return None


def _reason(log: Path) -> str:
    """The line of a failed migration that says why; more about it follows in the log."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    told = [line for line in lines if REASON.match(line)]
    return (told or lines or ["It said nothing."])[-1]
