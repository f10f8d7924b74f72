"""Updates as their rows tell keep the contract: those of one machine."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from itertools import pairwise

import pytest

from cellhub.accounts.refusal import LockedError, RefusedError
from cellhub.domain.updates import Move, Step, Terms
from cellhub.updates import services
from cellhub.updates.keeping import Archive, Wish
from cellhub.updates.keeping.database import DatabaseUpdates, Machine
from cellhub.updates.releases import Releases
from tests.functional.updates.contract import BEGUN, UpdateKeepingContract
from tests.functional.updates.releases import PUBLIC, signed

WISH = services.Wish("1.5.0", "1.4.2", "{}", "c2lnbmVk", Terms())
CONTENT = b"an archive"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def noted(world):
    session = world.see_everything()

    def note(steps):
        run = services.begin(session, "Ada", WISH)
        reason = ""
        for (name, message), (later, _) in pairwise(steps):
            reason = f"{name}: {message}" if later in ("RollingBack", "Failed") else reason
            services.move(session, "Ada", run, Step(name), Move(Step(later), message, reason))
            session.refresh(run)
        return DatabaseUpdates(session), str(run.id)

    return note


class TestDatabaseUpdates(UpdateKeepingContract):
    """On one machine."""


def test_who_began_it_is_told(noted):
    keeping, key = noted(BEGUN)
    assert (keeping.find(key).by, keeping.find(key).resource) == ("Ada", "")


def test_without_a_machine_none_is_begun_and_none_taken_back(noted):
    keeping, key = noted(BEGUN)
    with pytest.raises(RefusedError, match="was not started by cellhub run"):
        keeping.begin("", wish())
    with pytest.raises(LockedError, match="where it was begun"):
        keeping.stop(key)


@pytest.fixture
def releases(tmp_path):
    """Those of a machine that runs from its clone."""
    made = Releases(tmp_path)
    made.settle(["agent"])
    return made


@pytest.fixture
def on_the_machine(world, releases):
    return DatabaseUpdates(world.see_everything(), Machine(releases, PUBLIC, "Ada"))


def wish(content=CONTENT, **changes):
    document, signature = signed(archive={"name": "cellhub-1.5.0.tar.gz", "sha256": DIGEST}, **changes)
    return Wish(document, signature, canary_seconds=7, archive=Archive(BytesIO(content), "c.tar.gz"))


def test_an_update_begins_with_its_row_and_its_archive(on_the_machine, releases):
    found = on_the_machine.find(on_the_machine.begin("", wish()))
    assert (found.version, found.from_version) == ("1.5.0", releases.running())
    assert (found.by, found.step, found.locked) == ("Ada", "Preflight", "")
    assert releases.archive(DIGEST).read_bytes() == CONTENT


def test_there_is_one_at_a_time_and_its_archive_is_kept(on_the_machine, releases):
    on_the_machine.begin("", wish())
    other = b"another archive"
    told = {"name": "cellhub-1.6.0.tar.gz", "sha256": hashlib.sha256(other).hexdigest()}
    document, signature = signed(version="1.6.0", archive=told)
    with pytest.raises(RefusedError, match="one at a time"):
        on_the_machine.begin("", Wish(document, signature, archive=Archive(BytesIO(other), "x")))
    assert releases.archive(DIGEST).read_bytes() == CONTENT


REFUSED = [
    (lambda: replace(wish(), signature="bm8="), "manifest", "The signature does not hold"),
    (lambda: Wish(*signed()), "manifest", "1.5.0 has no archive, so it is not for one machine."),
    (lambda: replace(wish(), archive=None), "archive", "Choose the file cellhub-1.5.0.tar.gz."),
    (lambda: wish(b"another"), "archive", "c.tar.gz has the digest "),
]


@pytest.mark.parametrize(("wanted", "field", "sentence"), REFUSED)
def test_what_is_not_to_be_believed_leaves_nothing(on_the_machine, releases, wanted, field, sentence):
    with pytest.raises(RefusedError) as refused:
        on_the_machine.begin("", wanted())
    assert (refused.value.field, str(refused.value).startswith(sentence)) == (field, True)
    assert (on_the_machine.all(), releases.archive(DIGEST).exists()) == ((), False)


def test_a_disk_that_does_not_take_the_archive_is_told_and_nothing_begins(on_the_machine, releases):
    releases.folder.joinpath("archives").write_text("no folder")
    with pytest.raises(RefusedError, match="It cannot be kept on this machine: ") as refused:
        on_the_machine.begin("", wish())
    assert (refused.value.field, on_the_machine.all()) == ("archive", ())


def test_one_that_runs_is_taken_back_once_and_says_by_whom(on_the_machine):
    key = on_the_machine.begin("", wish())
    on_the_machine.stop(key)
    found = on_the_machine.find(key)
    assert (found.word, found.reason) == ("Rolling back", "Preflight: Ada has taken it back.")
    with pytest.raises(RefusedError, match="It goes back already"):
        on_the_machine.stop(key)


def test_one_of_the_cluster_is_shown_by_its_place_and_not_taken_back_here(on_the_machine, world):
    row = services.begin(world.see_everything(), "the operator", replace(WISH, resource="cell/to-1.5.0/5c1e"))
    found = on_the_machine.find(str(row.id))
    assert (found.resource, found.locked) == ("cell/to-1.5.0", "It is taken back where it was begun.")
