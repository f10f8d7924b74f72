"""An update, however it is cut off and wherever it fails: where it ends, and what was done on the way."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellhub.domain.updates import ENDS, FORWARD, LEFT_OUT, Rest, Run, Step, Terms
from cellhub.updates.driver import turn
from tests.fakes.updating import FakeInstallation, FakeNotes, Killed, Life

PARTS = ("north-1", "north-0", "south-0")
WORKED = tuple(step for step in FORWARD if step not in (Step.ROLL_OUT, Step.DONE))
MOST_TURNS = 200
cuts = st.lists(st.integers(0, 5), max_size=30)
terms = st.builds(Terms, backup=st.booleans(), canary=st.booleans(), allow_rollback=st.booleans())
trouble = st.one_of(
    st.just({}),
    st.builds(lambda step: {"refuses": step}, st.sampled_from(WORKED)),
    st.builds(lambda step: {"fails": step}, st.sampled_from(WORKED)),
    st.builds(lambda part: {"breaks": part}, st.sampled_from(PARTS)),
)


def installation(**trouble):
    return FakeInstallation(dict.fromkeys(PARTS, "old"), **trouble)


def drive(world, notes, lives=()):
    """Drive an update to its end by processes that are killed, each after so many points."""
    lives = iter(lives)
    for _ in range(MOST_TURNS):
        life = Life(next(lives, None))
        world.life = notes.life = life
        with contextlib.suppress(Killed):
            if isinstance(turn(world, notes), Rest):
                return
        world.go_on()
    raise AssertionError(f"no end: {notes.run}")


def ended(given_terms=None, lives=(), **trouble):
    world, notes = installation(**trouble), FakeNotes(Run(Step.PREFLIGHT, given_terms or Terms()))
    drive(world, notes, lives)
    return world, notes


def test_a_release_is_brought_step_by_step_and_part_by_part():
    world, notes = ended()
    assert [move.step for move in notes.moves] == list(FORWARD[1:])
    assert world.did == [
        ("start", "Preflight"),
        ("start", "Backup"),
        ("start", "Migrate"),
        ("new", "north-1"),
        ("start", "Canary"),
        ("new", "north-0"),
        ("new", "south-0"),
        ("start", "Verify"),
    ]
    assert world.parts == dict.fromkeys(PARTS, "new")


def test_what_is_not_wished_is_left_out():
    world, notes = ended(Terms(backup=False, canary=False))
    assert [move.message for move in notes.moves].count(LEFT_OUT) == 2
    assert ("start", "Backup") not in world.did
    assert ("start", "Canary") not in world.did
    assert world.parts == dict.fromkeys(PARTS, "new")


@settings(deadline=None)
@given(cuts, terms, trouble)
def test_one_that_is_cut_off_anywhere_ends_at_the_same_place_and_does_nothing_twice(lives, wished, bad):
    whole, noted = ended(wished, **bad)
    cut, of_cut = ended(wished, lives, **bad)
    assert (cut.parts, of_cut.run, of_cut.moves) == (whole.parts, noted.run, noted.moves)
    assert cut.did == whole.did
    assert len(set(cut.did)) == len(cut.did)


@pytest.mark.parametrize("step", WORKED)
@pytest.mark.parametrize(("how", "sentence"), [("refuses", "It cannot be."), ("fails", "It does not work.")])
def test_a_step_that_fails_rolls_back_with_its_reason(step, how, sentence):
    world, notes = ended(**{how: step})
    assert notes.run == Run(Step.ROLLED_BACK, Terms(), f"{step}: {sentence}")
    assert [move.step for move in notes.moves[-2:]] == [Step.ROLLING_BACK, Step.ROLLED_BACK]
    assert world.parts == dict.fromkeys(PARTS, "old")
    changed = [part for release, part in world.did if release == "new"]
    assert [part for release, part in world.did if release == "old"] == changed[::-1]


@pytest.mark.parametrize(
    ("part", "step"), [("north-1", Step.CANARY), ("north-0", Step.ROLL_OUT), ("south-0", Step.ROLL_OUT)]
)
def test_a_part_that_does_not_come_up_stops_the_others_and_goes_back(part, step):
    world, notes = ended(breaks=part)
    assert notes.run == Run(Step.ROLLED_BACK, Terms(), f"{step}: {part}: It does not start.")
    assert [name for release, name in world.did if release == "new"][-1] == part
    assert world.parts == dict.fromkeys(PARTS, "old")


def test_one_that_may_not_go_back_stops_where_it_failed():
    world, notes = ended(Terms(allow_rollback=False), breaks="north-0")
    assert notes.run.step is Step.FAILED
    assert notes.run.reason == "RollOut: north-0: It does not start."
    assert world.parts == {"north-1": "new", "north-0": "new", "south-0": "old"}


def test_one_that_cannot_go_back_says_both_reasons():
    world = installation(fails=Step.VERIFY)
    notes = FakeNotes(Run(Step.PREFLIGHT))
    whole = world._part

    def broken_when_back(name, wanted):
        found = whole(name, wanted)
        gone_back = notes.run.step is Step.ROLLING_BACK and world.parts[name] == "old"
        return found if not gone_back else type(found)(name, type(found.place).BROKEN, "It is gone.")

    world._part = broken_when_back
    drive(world, notes)
    assert notes.run.step is Step.FAILED
    assert notes.run.reason == "Verify: It does not work. And then RollingBack: south-0: It is gone."


@pytest.mark.parametrize("step", sorted(ENDS))
def test_what_has_ended_is_not_looked_at_again(step):
    notes = FakeNotes(Run(step))
    assert turn(None, notes) == Rest()
    assert notes.moves == []
