"""The world of an update on one machine: what is seen of it, and what is done there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from cellhub.domain.canary import Answers, complaint
from cellhub.domain.updates import Observed, Part, Place, Progress, Run, Step, Work
from cellhub.updates.driver import StepFailed
from cellhub.updates.releases import RUN

PARTS = ("agent", "portal", "live", "worker", "scheduler", RUN)
"""In the order of their change. The agent is the canary: it takes all new calls while the others wait.

The last is no process but what `cellhub run` starts from the next time.
"""

FORWARD = frozenset({Step.CANARY, Step.ROLL_OUT, Step.VERIFY})
START_SECONDS = 45.0
SILENCE = dt.timedelta(seconds=60)
"""For so much longer than the canary's time it is waited for its sign of life."""


class State(StrEnum):
    """What the process manager says of a process."""

    ENDED = "ended"
    COMING = "coming"
    FAILING = "failing"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Process:
    """A part as it runs.

    ``environment`` is what it runs from, ``waited`` the seconds since it was told to, or since the
    machine was started; ``current`` whether its last start was after that.
    """

    state: State
    environment: Path | None
    trouble: str
    waited: float
    current: bool = True


@dataclass(frozen=True, slots=True)
class Sign:
    """The agent's sign of life: when it began, and its calls since then."""

    since: dt.datetime
    answers: Answers


class Site(Protocol):
    """The way to the machine. ``new`` and ``former`` are environments of releases."""

    @property
    def new(self) -> Path:
        """What the update brings."""

    @property
    def former(self) -> Path:
        """What it goes back to."""

    def now(self) -> dt.datetime:
        """The time."""

    def objection(self) -> str:
        """Say why the update cannot be, in a sentence; nothing if it can."""

    def is_ready(self) -> bool:
        """Say whether the release lies there, set up."""

    def is_saved(self) -> bool:
        """Say whether the backup is there."""

    def is_migrated(self) -> bool:
        """Say whether the tables are those of the release."""

    def broken_books(self) -> str:
        """Name the rules of the books that do not hold."""

    def work(self, step: Step) -> None:
        """Do the work of a step to its end.

        Raises:
            StepFailed: it cannot be done.
        """

    def starts_from(self, part: str) -> Path | None:
        """The environment from which a part is started."""

    def process(self, part: str) -> Process:
        """How a part runs."""

    def put(self, part: str, environment: Path) -> None:
        """Let a part start from ``environment``, and start it anew."""

    def sign(self) -> Sign | None:
        """The agent's sign of life, if it is of the one that runs now."""

    def former_answers(self) -> Answers:
        """The calls of the former agent, as they were when it was replaced."""


@dataclass(frozen=True, slots=True)
class MachineWorld:
    """What an update of one machine changes."""

    site: Site
    version: str

    def observe(self, run: Run) -> Observed:
        """Look at the work of the step and at the parts."""
        wanted = self.site.new if run.step in FORWARD else self.site.former
        back = run.step is Step.ROLLING_BACK
        parts = tuple(self._part(name, wanted, back) for name in PARTS)
        return Observed(self._work(run, parts[0]), parts)

    def _part(self, name: str, wanted: Path, back: bool) -> Part:
        if self.site.starts_from(name) != wanted:
            return Part(name, Place.BEHIND)
        return Part(name, Place.THERE) if name == RUN else self._running(name, wanted, back)

    def _running(self, name: str, wanted: Path, back: bool) -> Part:
        seen = self.site.process(name)
        other = seen.state is State.RUNNING and seen.environment != wanted
        stale = seen.state is State.FAILING and not seen.current
        if seen.state is State.ENDED or other or stale:
            return Part(name, Place.BEHIND)
        if seen.state is State.RUNNING and not seen.trouble:
            return Part(name, Place.THERE)
        # Going back there is nothing else to try than to wait.
        hopeless = seen.state is State.FAILING and not back
        late = seen.waited > START_SECONDS
        return Part(name, Place.BROKEN if hopeless or late else Place.CHANGING, seen.trouble or "it starts")

    def _work(self, run: Run, canary: Part) -> Work:
        look = {
            Step.PREFLIGHT: self._preflight,
            Step.BACKUP: lambda: _done_if(self.site.is_saved(), "The database is saved, its list was read."),
            Step.MIGRATE: lambda: _done_if(
                self.site.is_migrated(), f"The tables are those of {self.version}."
            ),
            Step.CANARY: lambda: self._canary(run, canary),
            Step.ROLL_OUT: lambda: Work(Progress.DONE, f"Every part runs {self.version}."),
            Step.VERIFY: self._verify,
        }.get(run.step, Work)
        return look()

    def _preflight(self) -> Work:
        objection = self.site.objection()
        if objection:
            return Work(Progress.FAILED, objection)
        return _done_if(self.site.is_ready(), f"{self.version} is what was signed, and is set up beside.")

    def _verify(self) -> Work:
        broken = self.site.broken_books()
        return Work(Progress.FAILED, broken) if broken else Work(Progress.DONE, "The books hold.")

    def _canary(self, run: Run, canary: Part) -> Work:
        if canary.place is not Place.THERE:
            return Work(Progress.RUNNING, "It is waited for.")
        seconds, sign = run.terms.canary_seconds, self.site.sign()
        if sign is None:
            silent = self.site.process(canary.name).waited > seconds + SILENCE.total_seconds()
            words = "The agent gives no sign of life." if silent else "Its sign of life is waited for."
            return Work(Progress.FAILED if silent else Progress.RUNNING, words)
        trouble = complaint(sign.answers, self.site.former_answers())
        if trouble:
            return Work(Progress.FAILED, f"The agent of {self.version}: {trouble}")
        if self.site.now() < sign.since + dt.timedelta(seconds=seconds):
            return Work(Progress.RUNNING, f"Its agent takes all new calls, to be proven for {seconds} s.")
        asked, failed = sign.answers.asked, sign.answers.failed
        return Work(Progress.DONE, f"Its agent was asked {asked} times and failed {failed}.")

    def start(self, step: Step) -> None:
        """Do the work of a step.

        Raises:
            StepFailed: it cannot be done.
        """
        self.site.work(step)

    def replace(self, part: str, back: bool) -> None:
        """Bring a part to the new release, or with ``back`` to the former one."""
        if part not in PARTS:
            raise StepFailed(f"There is no part {part}.")
        self.site.put(part, self.site.former if back else self.site.new)


def _done_if(done: bool, message: str) -> Work:
    return Work(Progress.DONE, message) if done else Work()
