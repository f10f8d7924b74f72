"""An Update on softswitches that follow their StatefulSets: its order, its ends, and where it is cut off."""

from __future__ import annotations

import contextlib
import json

import pytest
from cellhub_operator.objects.marker import Images, Marker
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.updating.wish import UpdateWish
from cellhub_operator.updating.world import ClusterWorld, Papers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cellhub.domain.canary import Answers
from cellhub.domain.updates import ENDS, FORWARD, Hold, Move, Place, Replace, Rest, Run, Step, Terms
from cellhub.updates.driver import turn
from cellhub.updates.manifest import public_text, sign
from tests.factories.resources import PARTS, RELEASE, tenant, update
from tests.fakes.rolling import FakeSite
from tests.fakes.updating import FakeNotes, Killed, Life

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
MOST_TURNS = 300
OLD, NEW = RELEASE.asterisk_image, update()["spec"]["images"]["asterisk"]
OTHERS = ["north-switch-0", "south-switch-1", "south-switch-0"]
MANIFEST = {
    "version": "1.5.0",
    "follows": "1.4.0",
    "migrations": {"from": "0019", "to": "0021"},
    "images": {part: f"sha256:{letter * 64}" for part, letter in PARTS.items()},
}
cuts = st.lists(st.integers(0, 4), max_size=30)
trouble = st.sampled_from(
    [{}, {"bad": NEW}, {"answers": {NEW: Answers(10, 9)}}]
    + [{"fails": step} for step in (Step.PREFLIGHT, Step.BACKUP, Step.MIGRATE, Step.VERIFY)]
)


def papers(**changes):
    document = json.dumps(MANIFEST | changes)
    return Papers(document, sign(document.encode(), KEY))


def site(**more):
    specs = {name: TenantSpec.of(with_pods(name, 2)) for name in ("north", "south")}
    return FakeSite(RELEASE, specs, public_text(KEY), **more)


def with_pods(name, count):
    asterisk = tenant()["spec"]["asterisk"] | {"replicas": count}
    return tenant(name, asterisk=asterisk)


def drive(place, lives=(), terms=None, signed=None, resource=None):
    """Drive an update to its end by operators that are killed, each after so many points."""
    wish = UpdateWish.of(resource or update())
    world = ClusterWorld(wish, signed or papers(), place)
    return driven(world, place, FakeNotes(Run(Step.PREFLIGHT, terms or wish.terms)), lives)


def driven(world, place, notes, lives=()):
    lives = iter(lives)
    for _ in range(MOST_TURNS):
        place.life = notes.life = Life(next(lives, None))
        with contextlib.suppress(Killed):
            if isinstance(turn(world, notes), Rest):
                return notes
        place.go_on()
    raise AssertionError(f"no end: {notes.run}")


def images(place):
    return {pod.image for pod in place.pods.values()}


def test_pods_get_the_release_one_by_one_the_canary_first():
    place = site()
    notes = drive(place)
    assert [move.step for move in notes.moves] == list(FORWARD[1:])
    assert place.did == [
        ("job", "Preflight"),
        ("job", "Backup"),
        ("job", "Migrate"),
        (NEW, "north-switch-1"),
        *((NEW, pod) for pod in OTHERS),
        ("job", "Verify"),
    ]
    mark = UpdateWish.of(update()).mark
    wanted = Images("1.5.0", NEW, update()["spec"]["images"]["agent"])
    assert place.markers == dict.fromkeys(("north", "south"), Marker(mark, wanted))


@settings(deadline=None)
@given(cuts, trouble)
def test_operators_that_are_killed_anywhere_bring_it_to_the_same_end_and_do_nothing_twice(lives, bad):
    whole, cut = site(**bad), site(**bad)
    noted, of_cut = drive(whole), drive(cut, lives)
    assert (of_cut.run.step, of_cut.run.reason.partition(":")[0]) == (
        noted.run.step,
        noted.run.reason.partition(":")[0],
    )
    assert (cut.did, cut.markers, images(cut)) == (whole.did, whole.markers, images(whole))
    assert len(set(cut.did)) == len(cut.did)


@settings(deadline=None)
@given(st.integers(0, 30), cuts)
def test_one_that_is_deleted_anywhere_leaves_no_pod_and_no_note_of_it(turns, lives):
    place, notes = site(), FakeNotes(Run(Step.PREFLIGHT))
    world = ClusterWorld(UpdateWish.of(update()), papers(), place)
    for _ in range(turns):
        turn(world, notes)
        place.go_on()
    assume(notes.run.step not in ENDS)
    notes.move(notes.run.step, Move(Step.ROLLING_BACK, "It was deleted."))
    forward = [pod for image, pod in place.did if image == NEW]
    driven(world, place, notes, lives)
    assert (notes.run.step, images(place), place.markers) == (Step.ROLLED_BACK, {OLD}, {})
    assert [pod for image, pod in place.did if image == OLD] == forward[::-1]


@pytest.mark.parametrize("step", [Step.PREFLIGHT, Step.BACKUP, Step.MIGRATE])
def test_a_job_that_fails_before_the_canary_replaces_no_pod_and_says_why(step):
    place = site(fails=step)
    notes = drive(place)
    name = UpdateWish.of(update()).job(step)
    assert notes.run.step is Step.ROLLED_BACK
    assert notes.run.reason == f"{step}: The Job {name} failed: It does not work."
    assert {what for what, _ in place.did} == {"job"}
    assert (images(place), place.markers) == ({OLD}, {})


def test_a_release_that_does_not_start_is_taken_from_its_canary_alone():
    place = site(bad=NEW)
    notes = drive(place)
    assert notes.run.reason == "Canary: north-switch-1: It takes no calls."
    assert place.did[3:] == [(NEW, "north-switch-1"), (OLD, "north-switch-1")]
    assert (notes.run.step, images(place), place.markers) == (Step.ROLLED_BACK, {OLD}, {})


def test_a_canary_that_leaves_calls_without_an_answer_goes_back():
    place = site(answers={NEW: Answers(10, 3), OLD: Answers(200, 1)})
    notes = drive(place)
    assert notes.run.reason == (
        "Canary: north-switch-1: 3 of 10 calls got no answer from it, and 1 of 200 from the others."
    )
    assert place.did[3:] == [(NEW, "north-switch-1"), (OLD, "north-switch-1")]


def test_books_that_do_not_hold_afterwards_take_every_pod_back_the_last_one_first():
    place = site(fails=Step.VERIFY)
    notes = drive(place)
    forward = ["north-switch-1", *OTHERS]
    assert [pod for image, pod in place.did if image == OLD] == forward[::-1]
    assert (notes.run.step, images(place), place.markers) == (Step.ROLLED_BACK, {OLD}, {})


def test_the_next_update_goes_back_to_the_release_of_the_one_before():
    place = site()
    drive(place)
    before = dict(place.markers)
    another = update("to-1.6.0", version="1.6.0") | {}
    another["metadata"]["uid"] = "another-uid"
    another["spec"]["images"] |= {"asterisk": f"registry.example/asterisk@sha256:{'c' * 64}"}
    digests = MANIFEST["images"] | {"asterisk": f"sha256:{'c' * 64}"}
    place.fails = Step.VERIFY
    signed = papers(version="1.6.0", images=digests, migrations={"from": "0021", "to": "0022"})
    notes = drive(place, signed=signed, resource=another)
    assert notes.run.step is Step.ROLLED_BACK
    assert images(place) == {NEW}
    assert {name: one.wanted for name, one in place.markers.items()} == {
        name: one.wanted for name, one in before.items()
    }


def test_a_pod_whose_calls_would_go_on_for_longer_than_was_wished_is_told_to_end_sooner():
    place = site()
    place.pods["north-switch-1"].grace = 7200
    world = ClusterWorld(UpdateWish.of(update()), papers(), place)
    step = Run(Step.ROLL_OUT)
    before = [(part.name, part.place) for part in world.observe(step).parts]
    assert before[0] == ("north-switch-1", Place.BEHIND)
    world.replace("north-switch-1", back=False)
    assert ([pod for _, pod in place.did], place.markers) == (["north-switch-1"], {})


def test_calls_that_outlast_their_time_are_ended_once():
    place = site(late={"north-switch-1": 2})
    place.pods["north-switch-1"].grace = 60
    world = ClusterWorld(UpdateWish.of(update()), papers(), place)
    notes = FakeNotes(Run(Step.CANARY))
    assert [turn(world, notes) for _ in range(2)] == [
        Replace("north-switch-1"),
        Hold("north-switch-1: Its calls end."),
    ]
    assert (place.did, place.late) == ([("calls", "north-switch-1")], {})


def test_one_that_may_not_go_back_leaves_the_canary_and_the_others_as_they_are():
    place = site(answers={NEW: Answers(10, 9)})
    notes = drive(place, terms=Terms(allow_rollback=False))
    assert notes.run.step is Step.FAILED
    assert {name: pod.image for name, pod in place.pods.items()} == {
        "north-switch-1": NEW,
        **dict.fromkeys(OTHERS, OLD),
    }


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"version": "1.5.1"}, "The manifest is of 1.5.1, and the Update of 1.5.0."),
        (
            {"follows": "1.4.3"},
            "north: 1.5.0 can follow 1.4.3 and later, and 1.4.2 runs: go there first.",
        ),
        (
            {"migrations": {"from": "0020", "to": "0021"}},
            "north: The tables are of revision 0019, and 1.5.0 begins with 0020: "
            "it was made for another release than this one.",
        ),
        ({"images": {}}, "The release has no image of the agent."),
    ],
)
def test_what_cannot_follow_is_refused_before_anything_is_done(changes, sentence):
    place = site()
    notes = drive(place, signed=papers(**changes))
    assert notes.run == Run(Step.ROLLED_BACK, notes.run.terms, f"Preflight: {sentence}")
    assert place.did == []


def test_a_manifest_that_another_key_has_signed_is_not_believed():
    place = site()
    notes = drive(place, signed=Papers(papers().document, papers(version="1.5.1").signature))
    assert notes.run.reason.startswith("Preflight: The signature does not hold:")
    assert place.did == []
