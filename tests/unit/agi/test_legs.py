"""What Asterisk wrote of the legs: believed only when whole and exact, read once, in order."""

from __future__ import annotations

import datetime as dt
import os
import time
from decimal import Decimal
from pathlib import Path

import pytest
from cellhub_agi.legs import KEPT_HOURS, STALE_SECONDS, Leg, LegAnswered, LegEnded, LegFiles, moment, parse
from hypothesis import given
from hypothesis import strategies as st

CALL_ID = "0123456789abcdef" * 2
CALLER, CALLEE = "PJSIP/north-101-00000001", "PJSIP/trunk-north-carrier-00000002"
LEG = Leg(CALL_ID, 1, "north-carrier", CALLER, CALLEE)
NAMED = f"{CALL_ID} 1 north-carrier {CALLER} {CALLEE}"
ANSWER = f"A {NAMED} 1795384886.000250"
FINISH = f"F {NAMED} 1795384886.000250 1795384880.000000 1795384896.500000 200"
END = f"E {NAMED} 1795384886.000250 1795384880.000000 1795384896.500000 16 1250 200"
UNANSWERED = f"F {NAMED} - 1795384880.000000 1795384896.500000 486"
LAST_HOUR, THIS_HOUR = "legs-2026112600.log", "legs-2026112601.log"

epochs = st.decimals(min_value=0, max_value=99_999_999_999, places=6)
channels = st.from_regex(r"[A-Za-z0-9/_.@;-]{1,120}", fullmatch=True)
legs = st.builds(
    Leg,
    call_id=st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    position=st.integers(1, 999),
    trunk=st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True),
    caller_channel=channels,
    callee_channel=channels,
)
answers = st.builds(LegAnswered, legs, epochs)
codes = st.none() | st.integers(200, 699)
told = (st.none() | st.integers(0, 127), st.none() | st.integers(0, 999_999))
ends = st.builds(LegEnded, legs, st.none() | epochs, epochs, epochs, codes, *told)


def written(line: LegAnswered | LegEnded) -> str:
    """Write a line as the dialplan does."""
    leg = line.leg
    named = f"{leg.call_id} {leg.position} {leg.trunk} {leg.caller_channel} {leg.callee_channel}"
    if isinstance(line, LegAnswered):
        return f"A {named} {line.answered:f}"
    answered = "-" if line.answered is None else f"{line.answered:f}"
    told = " ".join("-" if one is None else str(one) for one in (line.cause, line.rang, line.code))
    return f"E {named} {answered} {line.started:f} {line.ended:f} {told}"


class Disk:
    """Asterisk's folder and the agent's memory of how far it read."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "switch"
        self.folder.mkdir()
        self.places = home / "legs.json"
        self.files = self.agent()

    def agent(self) -> LegFiles:
        """An agent that starts now."""
        return LegFiles(self.folder, self.places)

    def write(self, text: str | bytes, name: str = THIS_HOUR) -> None:
        """Append to one of Asterisk's files."""
        with (self.folder / name).open("ab") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def lines(self) -> list[LegAnswered | LegEnded]:
        """What is read now."""
        return [reading.line for reading in self.files.read()]


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path)


def test_each_form_is_read_whole():
    answered = Decimal("1795384886.000250")
    started, ended = Decimal("1795384880.000000"), Decimal("1795384896.500000")
    assert parse(ANSWER) == LegAnswered(LEG, answered)
    assert parse(FINISH) == LegEnded(LEG, answered, started, ended, 200)
    assert parse(END) == LegEnded(LEG, answered, started, ended, 200, 16, 1250)
    assert parse(UNANSWERED) == LegEnded(LEG, None, started, ended, 486)
    assert parse(UNANSWERED.replace(" 486", " -")) == LegEnded(LEG, None, started, ended, None)


@pytest.mark.parametrize("code", ["100", "180", "183", "199"])
def test_a_leg_that_was_given_up_while_it_rang_has_no_final_code(code):
    given_up = parse(UNANSWERED.replace(" 486", f" {code}"))
    assert given_up == parse(UNANSWERED.replace(" 486", " -"))


@given(answers | ends)
def test_every_leg_that_the_dialplan_can_write_is_read_as_it_was(line):
    assert parse(written(line)) == line


@given(st.data())
def test_no_part_of_a_line_is_taken_for_a_line(data):
    line = data.draw(st.sampled_from([ANSWER, FINISH, END, UNANSWERED]))
    assert parse(line[: data.draw(st.integers(0, len(line) - 1))]) is None
    assert parse(line[data.draw(st.integers(1, len(line))) :]) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        ANSWER + " ",
        " " + ANSWER,
        ANSWER + "\n",
        ANSWER.lower(),
        ANSWER.replace("A ", "B "),
        ANSWER.replace(CALL_ID, CALL_ID.upper()),
        ANSWER.replace(CALL_ID, CALL_ID[1:]),
        ANSWER.replace("000250", "00025"),
        ANSWER.replace("1795384886", "-1795384886"),
        ANSWER.replace("1795384886", "inf"),
        ANSWER.replace("1795384886", "999999999999"),
        ANSWER.replace("north-carrier PJSIP", "north carrier PJSIP"),
        ANSWER.replace(CALLEE, "PJSIP/x A " + CALLEE),
        FINISH.replace(" 200", " 20"),
        FINISH.replace(" 200", " 2000"),
        FINISH.replace(" 1795384880.000000", " -"),
        "\ufffd" * 200,
    ],
)
def test_what_is_not_exactly_a_line_is_none(text):
    assert parse(text) is None


@given(epochs)
def test_a_moment_keeps_its_microseconds(epoch):
    since = moment(epoch) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert Decimal(since // dt.timedelta(microseconds=1)) == epoch * 1_000_000


def test_lines_are_read_once_in_the_order_of_their_files(disk):
    disk.write(FINISH + "\n")
    disk.write(ANSWER + "\n", LAST_HOUR)
    assert disk.lines() == [parse(ANSWER), parse(FINISH)]
    assert disk.lines() == []
    disk.write(UNANSWERED + "\n")
    assert disk.lines() == [parse(UNANSWERED)]


def test_a_torn_last_line_waits_for_its_rest(disk):
    disk.write(ANSWER + "\n" + FINISH[:70])
    assert disk.lines() == [parse(ANSWER)]
    assert disk.lines() == []
    disk.write(FINISH[70:] + "\n")
    assert disk.lines() == [parse(FINISH)]


@given(st.lists(st.integers(1, 60), max_size=20))
def test_however_a_file_grows_every_line_is_read_once(tmp_path_factory, pieces):
    disk = Disk(tmp_path_factory.mktemp("legs"))
    text, read = "".join(f"{line}\n" for line in (ANSWER, UNANSWERED, FINISH)), []
    for length in [*pieces, len(text)]:
        disk.write(text[:length])
        text = text[length:]
        read += disk.lines()
    assert read == [parse(ANSWER), parse(UNANSWERED), parse(FINISH)]


@pytest.mark.parametrize(
    "garbage", [b"\n", b"\0\xff\xfe\n", b"A " + b"x" * (1 << 20) + b"\n", b"\xc3\x28\r\r\n"]
)
def test_garbage_is_passed_over_and_the_next_line_is_read(disk, garbage):
    disk.write(garbage)
    disk.write(ANSWER + "\n")
    assert disk.lines() == [parse(ANSWER)]


def test_other_files_of_the_folder_are_not_read(disk):
    disk.write(ANSWER + "\n", "queue.log")
    disk.write(ANSWER + "\n", "legs.partial")
    assert disk.lines() == []


def test_a_folder_that_is_not_there_yet_has_no_lines(tmp_path):
    assert LegFiles(tmp_path / "none", tmp_path / "legs.json").read() == []


def test_what_was_written_while_the_agent_was_away_is_read_and_what_it_dealt_with_is_not(disk):
    disk.write(ANSWER + "\n")
    disk.lines()
    disk.files.keep(disk.files.places())
    disk.write(FINISH + "\n")
    disk.files = disk.agent()
    assert disk.lines() == [parse(FINISH)]


def test_what_was_read_and_not_dealt_with_is_read_again_by_the_next_agent(disk):
    disk.write(ANSWER + "\n")
    disk.lines()
    disk.files = disk.agent()
    assert disk.lines() == [parse(ANSWER)]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"legs-2026112601.log": "x"}', "null"])
def test_places_that_cannot_be_read_mean_reading_everything_again(disk, text):
    disk.write(ANSWER + "\n")
    disk.places.write_text(text)
    disk.files = disk.agent()
    assert disk.lines() == [parse(ANSWER)]


def test_only_what_is_read_soon_after_the_last_reading_is_fresh(disk, monkeypatch):
    moments = iter([100.0, 100.05, 100.1 + STALE_SECONDS])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    seen = []
    for line in (ANSWER, UNANSWERED, FINISH):
        disk.write(line + "\n")
        seen += [(reading.line, reading.read_on, reading.fresh) for reading in disk.files.read()]
    assert seen == [
        (parse(ANSWER), 100.0, False),  # nobody knows how long it lay there
        (parse(UNANSWERED), 100.05, True),
        (parse(FINISH), 100.1 + STALE_SECONDS, False),
    ]


def test_old_files_are_removed_and_a_new_one_of_the_same_name_is_read_from_its_start(disk):
    disk.write(ANSWER + "\n", LAST_HOUR)
    disk.write(ANSWER + "\n")
    disk.lines()
    long_ago = time.time() - KEPT_HOURS * 3600 - 1
    os.utime(disk.folder / LAST_HOUR, (long_ago, long_ago))
    disk.files.remove_old()
    assert [path.name for path in disk.folder.iterdir()] == [THIS_HOUR]
    disk.write(UNANSWERED + "\n", LAST_HOUR)
    assert disk.lines() == [parse(UNANSWERED)]
