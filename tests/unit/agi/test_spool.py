"""The spool: what is kept survives, is done in its order, and never holds up what comes after it."""

from __future__ import annotations

import errno
import json
import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2
import pytest
from cellhub_agi.spool import Spool
from hypothesis import given
from hypothesis import strategies as st

from cellhub.charging.connections import DatabaseAway

KIND = "settle"
TEXTS = st.lists(st.dictionaries(st.text(), st.text() | st.none() | st.integers()), max_size=8)


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow beyond four bytes, as when the disk has no room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "agent" / "spool"


@pytest.fixture
def spool(folder: Path) -> Spool:
    return Spool(folder)


def numbered(spool: Spool, *numbers: int) -> None:
    """Keep a deed for each number."""
    for number in numbers:
        spool.add(KIND, {"number": number})


def replayed(spool: Spool) -> list[int]:
    """The numbers of what waits, as replay brings them."""
    done: list[int] = []
    spool.replay({KIND: lambda values: done.append(values["number"])})
    return done


def files(folder: Path) -> list[str]:
    """All that lies in the folder, hidden files too."""
    return [entry.name for entry in folder.iterdir() if entry.is_file()]


@given(TEXTS)
def test_what_is_kept_comes_back_as_it_was_and_in_its_order(kept):
    with TemporaryDirectory() as folder:
        spool, done = Spool(Path(folder)), []
        for values in kept:
            spool.add(KIND, values)
        assert spool.replay({KIND: done.append}) == len(kept)
        assert done == kept
        assert len(spool) == 0


def test_an_agent_that_starts_anew_finds_what_the_last_one_kept_before_its_own(folder, spool):
    numbered(spool, 1, 2)
    second = Spool(folder)
    numbered(second, 3)
    assert replayed(second) == [1, 2, 3]


def test_a_deed_is_on_the_disk_before_it_has_its_name_and_the_name_before_it_counts(
    folder, spool, monkeypatch
):
    synced = []

    def fsync(handle: int) -> None:
        synced_now = Path(os.readlink(f"/proc/self/fd/{handle}"))
        what = "the folder" if synced_now == folder else synced_now.read_text()
        synced.append((what, len(spool)))

    monkeypatch.setattr(os, "fsync", fsync)
    numbered(spool, 7)
    assert synced == [('{"kind": "settle", "values": {"number": 7}}', 0), ("the folder", 1)]


def test_when_the_database_goes_away_again_the_rest_waits_and_nothing_is_done_twice(spool):
    numbered(spool, 1, 2, 3)
    done = []

    def once(values):
        if done:
            raise DatabaseAway("away")
        done.append(values["number"])

    assert spool.replay({KIND: once}) == 1
    assert (done, len(spool)) == ([1], 2)
    assert replayed(spool) == [2, 3]


@pytest.mark.parametrize(
    "text",
    [
        '{"kind": "settle", "values": {"numb',
        "",
        "[]",
        "7",
        '{"kind": "settle"}',
        '{"kind": "dance", "values": {}}',
        "\0" * 64,
    ],
)
def test_a_file_that_is_no_deed_is_put_aside_and_holds_up_nothing(folder, spool, text):
    numbered(spool, 1)
    (torn,) = folder.glob("*.json")
    torn.write_text(text)
    numbered(spool, 2)
    assert replayed(spool) == [2]
    assert (folder / "aside" / torn.name).read_text() == text
    assert len(spool) == 0


def test_a_deed_that_the_database_refuses_is_put_aside_for_a_person_to_see(folder, spool):
    numbered(spool, 1, 2)
    done = []

    def refuse_first(values):
        if values["number"] == 1:
            raise psycopg2.DataError("no partition for it")
        done.append(values["number"])

    spool.replay({KIND: refuse_first})
    (aside,) = (folder / "aside").iterdir()
    assert json.loads(aside.read_text()) == {"kind": KIND, "values": {"number": 1}}
    assert done == [2]


def test_a_deed_whose_writing_a_power_cut_ended_never_counts(folder, spool):
    (folder / ".00001-000000.json").write_text('{"kind": "settle", "val')
    numbered(spool, 2)
    assert len(spool) == 1
    assert replayed(spool) == [2]


def test_a_full_disk_is_told_and_leaves_nothing_half_kept(folder, spool):
    with full_disk(), pytest.raises(OSError, match="too large") as refused:
        numbered(spool, 1)
    assert refused.value.errno == errno.EFBIG
    assert files(folder) == []
    numbered(spool, 2)
    assert replayed(spool) == [2]


def test_a_deed_that_could_not_be_synced_does_not_count_as_kept(folder, spool, monkeypatch):
    def no_room(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", no_room)
        with pytest.raises(OSError, match="No space left"):
            numbered(spool, 1)
    assert (len(spool), files(folder)) == (0, [])


def test_many_threads_keep_their_deeds_beside_each_other(spool):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: numbered(spool, number), range(100)))
    assert sorted(replayed(spool)) == list(range(100))


def test_two_replays_at_once_do_everything_once(spool):
    numbered(spool, *range(50))
    with ThreadPoolExecutor(4) as pool:
        done = [number for some in pool.map(lambda _: replayed(spool), range(4)) for number in some]
    assert done == list(range(50))
