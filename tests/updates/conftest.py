"""A machine of its own, started by `cellhub run` as its owner does it, and a maker of releases for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cellhub.db.roles import PORTAL
from cellhub.db.scope import Scope
from cellhub.local import health
from cellhub.local.installation import Installation
from cellhub.local.sessions import session_in
from cellhub.local.supervisor import Supervisor
from cellhub.local.updating.site import revision
from cellhub.local.updating.world import PARTS
from cellhub.updates import services
from cellhub.updates.keeping import Archive, Kept, Wish
from cellhub.updates.keeping.database import DatabaseUpdates, Machine
from cellhub.updates.releases import RUN, Releases
from tests.fixtures.family import family, signal_all
from tests.fixtures.installation import new_installation
from tests.fixtures.releasing import Maker, Release
from tests.fixtures.switch import wait_for

CELLHUB = Path(sys.executable).with_name("cellhub")
START_SECONDS = 180


@dataclass
class Owned:
    """A machine, and what its owner does and sees."""

    installation: Installation
    process: subprocess.Popen[bytes] | None = None

    @property
    def variables(self) -> dict[str, str]:
        """The settings, as its owner has them in the shell."""
        return os.environ | self.installation.environment(PORTAL.name)

    def start(self) -> None:
        """Type `cellhub run`, and wait until every part is in order."""
        with (self.installation.home / "run.out").open("ab") as output:
            # As in a terminal: who is started in the background by a shell is deaf to Ctrl-C.
            self.process = subprocess.Popen(
                ["env", "--default-signal=INT", CELLHUB, "run"],
                env=self.variables,
                stdout=output,
                stderr=output,
            )
        wait_for(lambda: "Ctrl-C ends everything" in self.said, "cellhub run has started", START_SECONDS)

    @property
    def said(self) -> str:
        """What `cellhub run` has said."""
        return (self.installation.home / "run.out").read_text()

    def end(self) -> None:
        """Press Ctrl-C."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self._ended(self.process)

    def switch_off(self) -> None:
        """Let everything that runs end at once, whatever it was doing."""
        assert self.process is not None
        signal_all(family(self.process.pid), signal.SIGKILL)
        self._ended(self.process)

    def _ended(self, process: subprocess.Popen[bytes]) -> None:
        process.wait(60)
        self.process = None
        (self.installation.home / "run.out").rename(self.installation.home / f"run.{time.time()}")

    def update(self, *words: object) -> subprocess.Popen[str]:
        """Type `cellhub update` with these words."""
        command = [CELLHUB, "update", *map(str, words)]
        return subprocess.Popen(
            command, env=self.variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def updated(self, *words: object) -> tuple[int, str]:
        """Type it, and wait for its end."""
        begun = self.update(*words)
        said = begun.communicate(timeout=400)[0]
        return begun.returncode, said

    def wish(self, release: Release, canary_seconds: int = 12) -> None:
        """Begin an update as the portal's page does it; nobody types anything."""
        machine = Machine(Releases(self.installation.home), self.installation.settings.release_key, "Ada")
        document = release.manifest.read_bytes()
        signature = release.manifest.with_name("manifest.json.sig").read_text()
        with session_in(self.installation, Scope.platform()) as session, release.archive.open("rb") as file:
            archive = Archive(file, release.archive.name)
            wish = Wish(document, signature, canary_seconds=canary_seconds, archive=archive)
            DatabaseUpdates(session, machine).begin("", wish)

    @property
    def last(self) -> Kept:
        """The last update, as the portal's page tells it."""
        with session_in(self.installation, Scope.platform()) as session:
            return DatabaseUpdates(session).all()[0]

    @property
    def steps(self) -> list[str]:
        """The steps of the last update."""
        with session_in(self.installation, Scope.platform()) as session:
            row = services.latest(session, 1)[0]
            return [step.name for step in services.steps_of(session, row.id)]

    @property
    def revision(self) -> str:
        """That of the tables."""
        return revision(self.installation)

    @property
    def runs(self) -> set[str]:
        """The releases of all parts, by the folders they start from; nothing for the clone."""
        releases = Releases(self.installation.home)
        return {releases.version_at(releases.of(part)) for part in PARTS} | {
            releases.version_at(releases.of(RUN))
        }

    def troubles(self) -> list[str]:
        """What is not in order."""
        supervisor = Supervisor(self.installation)
        return [report.trouble for report in health.look_at_running(supervisor) if report.trouble]


@pytest.fixture(scope="module")
def maker(tmp_path_factory) -> Maker:
    """A maker of releases, whom the machine believes."""
    return Maker(tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="module")
def owned(maker) -> Iterator[Owned]:
    """A machine that runs, and believes the maker."""
    with new_installation(release_key=maker.public) as made:
        machine = Owned(made)
        machine.start()
        yield machine
        machine.end()
