"""An update as a machine of states: what is to be done next, from what was noted and what is seen.

Whoever drives it notes the step in which an update is, looks, asks :func:`next_action`, does that
and looks again. Nothing but the step and the reason is remembered; what has been done is seen in
the world, so an update that was killed anywhere goes on where it was.

An update that fails goes back to the former release, whatever it had done until then; tables stay,
since migrations only expand them. ``FAILED`` is where it ends if it may not go back, or cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """Where an update is."""

    PREFLIGHT = "Preflight"
    BACKUP = "Backup"
    MIGRATE = "Migrate"
    CANARY = "Canary"
    ROLL_OUT = "RollOut"
    VERIFY = "Verify"
    DONE = "Done"
    ROLLING_BACK = "RollingBack"
    ROLLED_BACK = "RolledBack"
    FAILED = "Failed"


FORWARD = (Step.PREFLIGHT, Step.BACKUP, Step.MIGRATE, Step.CANARY, Step.ROLL_OUT, Step.VERIFY, Step.DONE)
ENDS = frozenset({Step.DONE, Step.ROLLED_BACK, Step.FAILED})
LEFT_OUT = "Left out, as was wished."


class Progress(StrEnum):
    """How far the work of a step is."""

    ABSENT = "absent"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Place(StrEnum):
    """Where a part is on its way to the release that its step wants; rolling back wants the former one.

    A part that is ``BEHIND`` runs another release and nothing is under way, one that is ``CHANGING``
    gets there by itself, a ``BROKEN`` one was changed and does not come up.
    """

    BEHIND = "behind"
    CHANGING = "changing"
    THERE = "there"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Work:
    """The work of the step, as it is seen."""

    progress: Progress = Progress.ABSENT
    message: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the installation that runs a release: a process, or a pod."""

    name: str
    place: Place
    message: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """What is seen: the work of the current step, and the parts in the order of their change."""

    work: Work = Work()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What was wished of an update."""

    backup: bool = True
    canary: bool = True
    canary_seconds: int = 60
    """For how long the canary takes calls before the others follow."""

    allow_rollback: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """What is noted of an update: its step, its terms, and why it goes back if it does."""

    step: Step
    terms: Terms = Terms()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """Do the work of the step from its beginning; what an earlier try left half done is of no use."""

    step: Step


@dataclass(frozen=True, slots=True)
class Replace:
    """Bring one part to the release that the step wants."""

    part: str


@dataclass(frozen=True, slots=True)
class Move:
    """Note that the step has ended with ``message``, and begin another."""

    step: Step
    message: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """Look again a little later."""

    message: str


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is left to do."""


Action = Start | Replace | Move | Hold | Rest


def next_action(run: Run, observed: Observed) -> Action:
    """Decide the one thing to do next."""
    if run.step in ENDS:
        return Rest()
    problem = _problem(observed)
    if problem:
        return failed(run, problem)
    if run.step is Step.ROLLING_BACK:
        return _replaced(observed.parts[::-1]) or Move(Step.ROLLED_BACK, run.reason, run.reason)
    if _left_out(run):
        return Move(_after(run.step), LEFT_OUT)
    return _replaced(_concerned(run.step, observed.parts)) or _worked(run.step, observed.work)


def failed(run: Run, problem: str) -> Move:
    """Decide what follows on a failure of the step: back, or an end as things are."""
    reason = f"{run.step}: {problem}"
    if run.step is Step.ROLLING_BACK:
        return Move(Step.FAILED, problem, f"{run.reason} And then {reason}")
    return Move(Step.ROLLING_BACK if run.terms.allow_rollback else Step.FAILED, problem, reason)


def abandoned(run: Run, why: str) -> Move:
    """Decide what follows when a person wants no more of an update: back, whether it may by itself or not."""
    return Move(Step.ROLLING_BACK, why, f"{run.step}: {why}")


def _problem(observed: Observed) -> str:
    broken = [f"{part.name}: {part.message}" for part in observed.parts if part.place is Place.BROKEN]
    failure = [observed.work.message] if observed.work.progress is Progress.FAILED else []
    return " ".join([*failure, *broken])


def _left_out(run: Run) -> bool:
    wished = {Step.BACKUP: run.terms.backup, Step.CANARY: run.terms.canary}
    return not wished.get(run.step, True)


def _after(step: Step) -> Step:
    return FORWARD[FORWARD.index(step) + 1]


def _concerned(step: Step, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The canary is the first of the parts."""
    return {Step.CANARY: parts[:1], Step.ROLL_OUT: parts}.get(step, ())


def _replaced(parts: tuple[Part, ...]) -> Action | None:
    """One part at a time: the next is not touched before the last one serves again."""
    changing = [part for part in parts if part.place is Place.CHANGING]
    if changing:
        return Hold(f"{changing[0].name}: {changing[0].message}")
    behind = [part for part in parts if part.place is Place.BEHIND]
    return Replace(behind[0].name) if behind else None


def _worked(step: Step, work: Work) -> Action:
    if step is Step.ROLL_OUT or work.progress is Progress.DONE:
        return Move(_after(step), work.message)
    return Start(step) if work.progress is Progress.ABSENT else Hold(work.message)
