"""A machine in memory that updates change: links, processes that follow them, work that is there or not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from cellhub.domain.canary import Answers
from cellhub.domain.updates import Step
from cellhub.local.updating.world import PARTS, START_SECONDS, Process, Sign, State
from cellhub.updates.driver import StepFailed
from cellhub.updates.releases import RUN
from tests.fakes.updating import Life

NEW, FORMER = Path("/releases/new"), Path("/releases/former")
BEGIN = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
A_WHILE = 20
WELL = Answers(9, 0)


@dataclass
class FakeProcess:
    """A process: what it runs from, when it began, and whether it was ended."""

    environment: Path
    began: dt.datetime
    ended: bool = False


@dataclass
class FakeMachine:
    """``fails`` is a step whose work fails, ``objects`` what preflight says, ``broken`` what the books say.

    ``breaks`` ends at once on the new release, ``hangs`` runs and does not listen there; ``answers``
    are those of the new agent.
    """

    fails: Step | None = None
    objects: str = ""
    broken: str = ""
    breaks: str = ""
    hangs: str = ""
    silent: bool = False
    answers: Answers = WELL
    life: Life = field(default_factory=Life)
    time: dt.datetime = BEGIN
    done: list[Step] = field(default_factory=list)
    did: list[tuple[str, str]] = field(default_factory=list)
    links: dict[str, tuple[Path, dt.datetime]] = field(init=False)
    processes: dict[str, FakeProcess] = field(init=False)
    new: Path = NEW
    former: Path = FORMER

    def __post_init__(self) -> None:
        """Begin with everything of the former release."""
        self.links = dict.fromkeys(PARTS, (FORMER, BEGIN))
        self.processes = {name: FakeProcess(FORMER, BEGIN) for name in PARTS if name != RUN}

    def now(self) -> dt.datetime:
        """The time."""
        return self.time

    def objection(self) -> str:
        """Why not."""
        return self.objects

    def is_ready(self) -> bool:
        """Set up or not."""
        return Step.PREFLIGHT in self.done

    def is_saved(self) -> bool:
        """Saved or not."""
        return Step.BACKUP in self.done

    def is_migrated(self) -> bool:
        """Migrated or not."""
        return Step.MIGRATE in self.done

    def broken_books(self) -> str:
        """The new release has broken them."""
        return self.broken if self.links[RUN][0] == NEW else ""

    def work(self, step: Step) -> None:
        """Do it, or fail."""
        self.life.point()
        if step is self.fails:
            raise StepFailed("It does not work.")
        self.did.append(("did", str(step)))
        self.done.append(step)
        self.life.point()

    def starts_from(self, part: str) -> Path:
        """Its link."""
        return self.links[part][0]

    def process(self, part: str) -> Process:
        """How it runs."""
        process, (_, told) = self.processes[part], self.links[part]
        waited = (self.time - told).total_seconds()
        if process.ended:
            return Process(State.ENDED, None, "was not started", waited)
        new = process.environment == NEW
        if new and part == self.breaks:
            return Process(State.FAILING, None, "it ends at once", waited, process.began >= told)
        trouble = "does not listen" if new and part == self.hangs else ""
        return Process(State.RUNNING, process.environment, trouble, waited)

    def put(self, part: str, environment: Path) -> None:
        """End it, link it, begin it; a kill may fall between."""
        self.life.point()
        if part != RUN:
            self.processes[part].ended = True
        self.life.point()
        self.links[part] = (environment, self.time)
        self.life.point()
        if part != RUN:
            self.processes[part] = FakeProcess(environment, self.time)
        self.did.append((environment.name, part))
        self.life.point()

    def sign(self) -> Sign | None:
        """That of the agent."""
        process = self.processes["agent"]
        return None if self.silent or process.ended else Sign(process.began, self.answers)

    def former_answers(self) -> Answers:
        """None of them failed."""
        return Answers(100, 0)

    def go_on(self) -> None:
        """Let a while pass."""
        self.time += dt.timedelta(seconds=A_WHILE)


MOST_TURNS = 100 + int(START_SECONDS)
