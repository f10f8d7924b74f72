"""From which release each part starts: the clone's, until an update has brought another."""

from __future__ import annotations

import pytest

from cellhub.updates import releases
from cellhub.updates.releases import RUN, Releases, own_environment

PARTS = ("portal", "agent")


@pytest.fixture
def made(tmp_path):
    return Releases(tmp_path)


def brought(made, version):
    environment = made.environment(version)
    environment.mkdir(parents=True)
    return environment


def starts(made):
    return {name: made.of(name) for name in (*PARTS, RUN)}


def test_a_machine_that_was_never_updated_starts_everything_from_its_clone(made):
    made.settle(PARTS)
    assert starts(made) == dict.fromkeys((*PARTS, RUN), own_environment())
    assert made.successor() is None


def test_parts_that_an_unfinished_update_has_brought_further_stay_there(made):
    made.settle(PARTS)
    made.put("agent", brought(made, "9.0.0"))
    made.settle(PARTS)
    assert starts(made) == {
        "portal": own_environment(),
        "agent": made.environment("9.0.0"),
        RUN: own_environment(),
    }


def test_the_release_that_was_brought_starts_in_place_of_an_older_clone(made):
    made.put(RUN, brought(made, "9.0.0"))
    assert made.successor() == made.environment("9.0.0")
    assert made.version_at(made.successor()) == "9.0.0"


def test_a_clone_that_was_fetched_since_then_wins_with_all_its_parts(made):
    for part in (*PARTS, RUN):
        made.put(part, brought(made, "0.0.1") if part == "portal" else made.environment("0.0.1"))
    assert made.successor() is None
    made.settle(PARTS)
    assert starts(made) == dict.fromkeys((*PARTS, RUN), own_environment())


def test_a_developers_clone_is_newer_than_all(made, monkeypatch):
    monkeypatch.setattr(releases, "own_version", lambda: "1.0.dev3")
    made.put(RUN, brought(made, "9.0.0"))
    assert made.successor() is None


def test_a_release_whose_folder_is_gone_is_started_from_here(made):
    made.put(RUN, made.environment("9.0.0"))
    made.put("agent", made.environment("9.0.0"))
    made.settle(PARTS)
    assert starts(made) == dict.fromkeys((*PARTS, RUN), own_environment())
