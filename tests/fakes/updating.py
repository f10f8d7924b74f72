"""An installation in memory that updates change, and notes of them; both outlive whoever drives."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cellhub.domain.updates import ENDS, Move, Observed, Part, Place, Progress, Run, Step, Work
from cellhub.updates.driver import StepFailed

CHANGING = Part("", Place.CHANGING, "Its calls end.")


class Killed(Exception):
    """What a process feels of a kill: nothing more of it is done."""


@dataclass
class Life:
    """How much a process may still do; it can be killed before and after whatever it does."""

    left: int | None = None

    def point(self) -> None:
        """Go on, or be killed here."""
        if self.left == 0:
            raise Killed
        if self.left is not None:
            self.left -= 1


@dataclass
class FakeInstallation:
    """Parts on a release, and work of steps that takes a while.

    ``refuses`` cannot even be begun; ``fails`` fails afterwards; ``breaks`` comes not up on the new release.
    """

    parts: dict[str, str]
    refuses: Step | None = None
    fails: Step | None = None
    breaks: str = ""
    life: Life = field(default_factory=Life)
    work: dict[Step, Progress] = field(default_factory=dict)
    under_way: dict[str, str] = field(default_factory=dict)
    did: list[tuple[str, str]] = field(default_factory=list)

    def observe(self, run: Run) -> Observed:
        """Look; rolling back wants the former release, like all steps before the canary."""
        wanted = "new" if run.step in (Step.CANARY, Step.ROLL_OUT, Step.VERIFY) else "old"
        progress = self.work.get(run.step, Progress.ABSENT)
        message = "It does not work." if progress is Progress.FAILED else "It worked."
        parts = tuple(self._part(name, wanted) for name in self.parts)
        return Observed(Work(progress, message), parts)

    def _part(self, name: str, wanted: str) -> Part:
        if name in self.under_way and self.under_way[name] == wanted:
            return replace(CHANGING, name=name)
        if self.parts[name] != wanted:
            return Part(name, Place.BEHIND)
        broken = wanted == "new" and self.breaks == name
        return Part(name, Place.BROKEN if broken else Place.THERE, "It does not start." if broken else "")

    def start(self, step: Step) -> None:
        """Begin the work of a step."""
        self.life.point()
        if step is self.refuses:
            raise StepFailed("It cannot be.")
        self.did.append(("start", str(step)))
        self.work[step] = Progress.RUNNING
        self.life.point()

    def replace(self, part: str, back: bool) -> None:
        """Bring a part on its way."""
        self.life.point()
        release = "old" if back else "new"
        self.did.append((release, part))
        self.under_way[part] = release
        self.life.point()

    def go_on(self) -> None:
        """Let a moment pass, in which whatever is under way gets there."""
        for step, progress in self.work.items():
            if progress is Progress.RUNNING:
                self.work[step] = Progress.FAILED if step is self.fails else Progress.DONE
        self.parts |= self.under_way
        self.under_way = {}


@dataclass
class FakeNotes:
    """What is noted, and what was noted before."""

    run: Run
    life: Life = field(default_factory=Life)
    moves: list[Move] = field(default_factory=list)

    def read(self) -> Run:
        """Return the step in which the update is."""
        return self.run

    def move(self, begun: Step, to: Move) -> None:
        """Note another step."""
        assert (self.run.step, begun in ENDS) == (begun, False)
        self.life.point()
        self.run = replace(self.run, step=to.step, reason=to.reason)
        self.moves.append(to)
        self.life.point()
