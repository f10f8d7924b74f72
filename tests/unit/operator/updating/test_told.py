"""What an Update's status says of its steps."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from cellhub_operator.status import AS_WANTED
from cellhub_operator.updating.records import StepTold, Story
from cellhub_operator.updating.told import told
from cellhub_operator.updating.wish import UpdateWish
from cellhub_operator.updating.world import Papers

from cellhub.domain.updates import Hold, Step
from tests.factories.resources import update
from tests.fakes.rolling import BEGIN

WISH = UpdateWish.of(update())
LATER = BEGIN + dt.timedelta(seconds=7)


def story(step, before="1.4.2", reason="", ended=None):
    steps = (
        StepTold("Preflight", BEGIN, LATER, "All holds."),
        StepTold(str(step), LATER, ended, reason if ended else ""),
    )
    return Story(1, before, step, reason, Papers("{}", ""), steps)


def conditions(found):
    return [(one.type, one.holds, one.reason, one.message) for one in found]


def test_a_step_that_runs_tells_what_it_waits_for():
    figures, found = told(WISH, story(Step.CANARY), Hold("north-switch-0: Its calls end."))
    assert figures == {
        "step": "Canary",
        "fromVersion": "1.4.2",
        "steps": [
            {
                "name": "Preflight",
                "startedAt": "2026-11-26T12:00:00Z",
                "finishedAt": "2026-11-26T12:00:07Z",
                "message": "All holds.",
            },
            {
                "name": "Canary",
                "startedAt": "2026-11-26T12:00:07Z",
                "message": "north-switch-0: Its calls end.",
            },
        ],
    }
    sentence = "north-switch-0: Its calls end."
    assert conditions(found) == [
        ("Ready", False, "Canary", sentence),
        ("Progressing", True, "Canary", sentence),
        ("Degraded", False, *AS_WANTED),
    ]


@pytest.mark.parametrize(
    ("step", "ready", "degraded"),
    [(Step.DONE, True, False), (Step.ROLLED_BACK, False, True), (Step.FAILED, False, True)],
)
def test_an_end_is_ready_or_says_why_it_is_not(step, ready, degraded):
    reason = "" if ready else "Migrate: It failed."
    _, (one, progressing, other) = told(WISH, story(step, reason=reason, ended=LATER), None)
    assert (one.holds, progressing.holds, other.holds) == (ready, False, degraded)
    assert other.message == (reason or AS_WANTED[1])


@pytest.mark.parametrize(
    ("step", "aspect", "sentence"),
    [
        (Step.DONE, "Ready", "All its steps are done. Calls that drainTimeout has ended: 2."),
        (Step.ROLL_OUT, "Ready", "north-switch-0: Its calls end. Calls that drainTimeout has ended: 2."),
    ],
)
def test_calls_that_were_ended_are_counted_in_the_status(step, aspect, sentence):
    hold = None if step is Step.DONE else Hold("north-switch-0: Its calls end.")
    figures, found = told(WISH, replace(story(step), ended_calls=2), hold)
    assert figures["endedCalls"] == 2
    assert "Calls that drainTimeout has ended: 2." in figures["steps"][-1]["message"]
    assert [one.message for one in found if one.type == aspect] == [sentence]


def test_one_that_would_go_back_does_not_name_the_release_that_the_definition_would_refuse():
    figures, _ = told(WISH, story(Step.ROLLED_BACK, before="1.6.0"), None)
    assert "fromVersion" not in figures
