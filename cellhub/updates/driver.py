"""Look, decide, do, note: one turn of an update, the same for every world."""

from __future__ import annotations

from typing import Protocol

from cellhub.domain.updates import (
    ENDS,
    Action,
    Hold,
    Move,
    Observed,
    Replace,
    Run,
    Start,
    Step,
    failed,
    next_action,
)


class StepFailed(Exception):
    """The work of a step cannot be done; the text says why, and the update goes back."""


class World(Protocol):
    """What an update changes. Whatever it did can be seen in it afterwards, also by another process."""

    def observe(self, run: Run) -> Observed:
        """Look at the work of the step and at the parts."""

    def start(self, step: Step) -> None:
        """Do the work of a step.

        Raises:
            StepFailed: it cannot be done.
        """

    def replace(self, part: str, back: bool) -> None:
        """Bring a part to the new release, or with ``back`` to the former one.

        Raises:
            StepFailed: it cannot be done.
        """


class Notes(Protocol):
    """What is remembered of an update."""

    def read(self) -> Run:
        """Return the step in which it is."""

    def move(self, begun: Step, to: Move) -> None:
        """Note in one piece that the step ``begun`` has ended and another begins."""


def turn(world: World, notes: Notes) -> Action:
    """Do the next thing and return it; :class:`Hold` and :class:`Rest` did nothing."""
    run = notes.read()
    # What has ended is not looked at again: its world may have gone on.
    action = next_action(run, Observed() if run.step in ENDS else world.observe(run))
    try:
        _do(action, run, world)
    except StepFailed as problem:
        action = failed(run, str(problem))
    if isinstance(action, Move):
        notes.move(run.step, action)
    return action


def _do(action: Action, run: Run, world: World) -> None:
    if isinstance(action, Start):
        world.start(action.step)
    elif isinstance(action, Replace):
        world.replace(action.part, run.step is Step.ROLLING_BACK)


__all__ = ["Hold", "Notes", "StepFailed", "World", "turn"]
