"""An update's steps as a page shows them: those that were taken, then those that are to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from cellhub.domain.updates import ENDS, FORWARD, LEFT_OUT, Step


class Word(StrEnum):
    """How a step or an update is, in the words of the portal's table of states."""

    WAITING = "Waiting"
    RUNNING = "Running"
    DONE = "Done"
    LEFT_OUT = "Left out"
    ROLLING_BACK = "Rolling back"
    ROLLED_BACK = "Rolled back"
    FAILED = "Failed"


TITLES = {
    Step.ROLL_OUT: "Roll out",
    Step.ROLLING_BACK: "Rolling back",
    Step.ROLLED_BACK: "Rolled back",
}
"""Names of steps that are two words for people."""

PURPOSES = {
    Step.PREFLIGHT: "Signature, digests, tables and books",
    Step.BACKUP: "The database is saved, and what was saved is read",
    Step.MIGRATE: "The tables are brought to the release",
    Step.CANARY: "One part takes calls with the release",
    Step.ROLL_OUT: "All other parts, one by one, each after its calls",
    Step.VERIFY: "The books again",
    Step.ROLLING_BACK: "What was replaced is replaced by the former release",
}
ENDED = {Step.DONE: Word.DONE, Step.ROLLED_BACK: Word.ROLLED_BACK, Step.FAILED: Word.FAILED}


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was begun; ``message`` is what came of it."""

    name: str
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A step on the page."""

    title: str
    word: Word
    message: str
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None

    @property
    def runs(self) -> bool:
        """Whether its time is still to be counted."""
        return self.word in (Word.RUNNING, Word.ROLLING_BACK)


def word_of(taken: Sequence[Taken]) -> Word:
    """How the whole update is."""
    if not taken:
        return Word.WAITING
    last = taken[-1].name
    if last == Step.ROLLING_BACK:
        return Word.ROLLING_BACK
    return ENDED.get(Step(last), Word.RUNNING)


def marks_of(taken: Sequence[Taken]) -> tuple[Mark, ...]:
    """All steps that a page shows, in their order."""
    after = [later.name for later in taken[1:]] + [""]
    past = [_mark(step, follower) for step, follower in zip(taken, after, strict=False)]
    return (*past, *(Mark(title_of(step), Word.WAITING, PURPOSES.get(step, "")) for step in _to_come(taken)))


def why_back(taken: Sequence[Taken]) -> str:
    """Why an update went back or failed, as the step says at which it did; empty if it did not."""
    for step, later in pairwise(taken):
        if later.name in (Step.ROLLING_BACK, Step.FAILED) and step.name != Step.ROLLING_BACK:
            return f"{title_of(step.name)}: {step.message}"
    return ""


def title_of(name: str) -> str:
    """A step's name in words."""
    return TITLES.get(Step(name), name)


def _to_come(taken: Sequence[Taken]) -> tuple[Step, ...]:
    last = taken[-1].name if taken else ""
    if last == Step.ROLLING_BACK:
        return (Step.ROLLED_BACK,)
    if last in ENDS:
        return ()
    return FORWARD[FORWARD.index(Step(last)) + 1 :] if last else FORWARD


def _mark(step: Taken, after: str) -> Mark:
    word = _word(step, after)
    message = step.message or (PURPOSES.get(Step(step.name), "") if not after else "")
    return Mark(title_of(step.name), word, message, step.started_at, step.finished_at)


def _word(step: Taken, after: str) -> Word:
    if not after:
        return word_of((step,))
    if after in (Step.ROLLING_BACK, Step.FAILED):
        return Word.FAILED
    return Word.LEFT_OUT if step.message == LEFT_OUT else Word.DONE
