"""An update of one machine, cut off anywhere and failing anywhere: where it ends and what was done."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellhub.domain.canary import Answers
from cellhub.domain.updates import Rest, Run, Step, Terms
from cellhub.local.updating.world import PARTS, MachineWorld
from cellhub.updates.driver import StepFailed, turn
from tests.fakes.updated_machine import FORMER, MOST_TURNS, NEW, FakeMachine
from tests.fakes.updating import FakeNotes, Killed, Life

WORKS = (Step.PREFLIGHT, Step.BACKUP, Step.MIGRATE)
PROCESSES = PARTS[:-1]
cuts = st.lists(st.integers(0, 6), max_size=30)
trouble = st.one_of(
    st.just({}),
    st.builds(lambda step: {"fails": step}, st.sampled_from(WORKS)),
    st.builds(lambda part: {"breaks": part}, st.sampled_from(PROCESSES)),
    st.builds(lambda part: {"hangs": part}, st.sampled_from(PROCESSES)),
    st.just({"objects": "No."}),
    st.just({"broken": "The books do not add up."}),
    st.just({"answers": Answers(10, 3)}),
    st.just({"silent": True}),
)


def ended(lives=(), **trouble):
    """Drive an update to its end by processes that are killed, each after so many points."""
    machine, notes = FakeMachine(**trouble), FakeNotes(Run(Step.PREFLIGHT, Terms(canary_seconds=30)))
    world, lives = MachineWorld(machine, "1.5.0"), iter(lives)
    for _ in range(MOST_TURNS):
        machine.life = notes.life = Life(next(lives, None))
        with contextlib.suppress(Killed):
            if isinstance(turn(world, notes), Rest):
                return machine, notes
        machine.go_on()
    raise AssertionError(f"no end: {notes.run}")


def runs(machine):
    return {process.environment for process in machine.processes.values() if not process.ended}


def test_the_agent_is_proven_first_and_what_starts_the_next_time_comes_last():
    machine, notes = ended()
    assert notes.run.step is Step.DONE
    assert machine.did == [
        ("did", "Preflight"),
        ("did", "Backup"),
        ("did", "Migrate"),
        ("new", "agent"),
        ("new", "portal"),
        ("new", "live"),
        ("new", "worker"),
        ("new", "scheduler"),
        ("new", "run"),
    ]
    assert [move.message for move in notes.moves] == [
        "1.5.0 is what was signed, and is set up beside.",
        "The database is saved, its list was read.",
        "The tables are those of 1.5.0.",
        "Its agent was asked 9 times and failed 0.",
        "Every part runs 1.5.0.",
        "The books hold.",
    ]


@settings(deadline=None)
@given(cuts, trouble)
def test_one_that_is_cut_off_anywhere_ends_at_the_same_place_with_every_part_there(lives, bad):
    whole, noted = ended(**bad)
    cut, of_cut = ended(lives, **bad)
    assert of_cut.run == noted.run
    wanted = NEW if noted.run.step is Step.DONE else FORMER
    for machine in (whole, cut):
        assert runs(machine) == {wanted}
        assert {link for link, _ in machine.links.values()} == {wanted}
    assert cut.done == whole.done
    assert len(set(cut.done)) == len(cut.done)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"objects": "1.5.0 runs already."}, "Preflight: 1.5.0 runs already."),
        ({"fails": Step.PREFLIGHT}, "Preflight: It does not work."),
        ({"fails": Step.BACKUP}, "Backup: It does not work."),
        ({"fails": Step.MIGRATE}, "Migrate: It does not work."),
        ({"breaks": "agent"}, "Canary: agent: it ends at once"),
        ({"hangs": "agent"}, "Canary: agent: does not listen"),
        ({"silent": True}, "Canary: The agent gives no sign of life."),
        (
            {"answers": Answers(10, 3)},
            "Canary: The agent of 1.5.0: 3 of 10 calls got no answer from it, and 0 of 100 from the others.",
        ),
        ({"breaks": "worker"}, "RollOut: worker: it ends at once"),
        ({"broken": "The books do not add up."}, "Verify: The books do not add up."),
    ],
)
def test_what_fails_goes_back_with_its_reason(bad, reason):
    machine, notes = ended(**bad)
    assert (notes.run.step, notes.run.reason) == (Step.ROLLED_BACK, reason)
    assert runs(machine) == {FORMER}
    changed = [part for release, part in machine.did if release == "new"]
    assert [part for release, part in machine.did if release == "former"] == changed[::-1]


def test_a_part_that_is_not_in_order_beforehand_is_no_machine_to_update():
    machine = FakeMachine(hangs="portal")
    machine.processes["portal"].environment = NEW
    machine.links["portal"] = (NEW, machine.time)
    machine.former = NEW
    machine.go_on()
    machine.go_on()
    machine.go_on()
    world, notes = MachineWorld(machine, "1.5.0"), FakeNotes(Run(Step.PREFLIGHT))
    turn(world, notes)
    assert notes.run.reason == "Preflight: portal: does not listen"


def test_a_part_that_nobody_knows_is_refused():
    with pytest.raises(StepFailed, match="There is no part janus"):
        MachineWorld(FakeMachine(), "1.5.0").replace("janus", back=False)
