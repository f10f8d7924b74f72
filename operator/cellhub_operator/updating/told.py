"""What an Update's status says."""

from __future__ import annotations

import datetime as dt

from cellhub.cluster.resource import DEGRADED, PROGRESSING, READY, Condition
from cellhub.domain.releases import Version
from cellhub.domain.updates import ENDS, Hold, Step
from cellhub_operator.specs.resource import MESSAGE_LENGTH
from cellhub_operator.specs.shapes import Shape
from cellhub_operator.status import AS_WANTED
from cellhub_operator.updating.records import StepTold, Story
from cellhub_operator.updating.wish import UpdateWish

DONE = "All its steps are done."
BAD = (Step.ROLLING_BACK, Step.ROLLED_BACK, Step.FAILED)


def told(wish: UpdateWish, story: Story, hold: Hold | None) -> tuple[Shape, list[Condition]]:
    """The steps of an update that has begun, and its conditions; ``hold`` is what it waits for now."""
    last = story.steps[-1]
    message = _with_calls(hold.message if hold is not None else last.message, story.ended_calls)
    steps = [_step(step, step.message) for step in story.steps[:-1]] + [_step(last, message)]
    figures: Shape = {"step": str(story.step), "steps": steps}
    # The definition refuses whatever is older than that: so an Update that is could be told nothing more.
    if Version.parse(story.from_version) <= Version.parse(wish.version):
        figures["fromVersion"] = story.from_version
    if story.ended_calls:
        figures["endedCalls"] = story.ended_calls
    return figures, _conditions(story, message)


def _with_calls(message: str, ended: int) -> str:
    return f"{message} Calls that drainTimeout has ended: {ended}.".strip() if ended else message


def _conditions(story: Story, message: str) -> list[Condition]:
    step, done = story.step, story.step is Step.DONE
    sentence = _with_calls(DONE, story.ended_calls) if done else message or f"{step}."
    return [
        Condition(READY, done, str(step), sentence),
        Condition(PROGRESSING, step not in ENDS, str(step), sentence),
        _degraded(story, sentence),
    ]


def _degraded(story: Story, sentence: str) -> Condition:
    """With one reason as long as all is well: each change of it is an Event."""
    if story.step in BAD:
        return Condition(DEGRADED, True, str(story.step), story.reason or sentence)
    return Condition(DEGRADED, False, *AS_WANTED)


def waits(reason: str, message: str) -> tuple[Shape, list[Condition]]:
    """What an update says that has not begun."""
    return {}, [
        Condition(READY, False, reason, message),
        Condition(PROGRESSING, True, reason, message),
        Condition(DEGRADED, False, *AS_WANTED),
    ]


def _step(step: StepTold, message: str) -> Shape:
    shape: Shape = {"name": step.name, "startedAt": _time(step.started_at)}
    if step.finished_at is not None:
        shape["finishedAt"] = _time(step.finished_at)
    return shape | ({"message": message[:MESSAGE_LENGTH]} if message else {})


def _time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
