"""What Asterisk wrote of each leg: lines on its disk, read as they grow.

``A`` is an answer, ``E`` the end of an attempt, ``F`` the same as softswitches of an earlier
version wrote it. A line is believed only when it is whole
and exactly of its form; whether its call is ours is for the reader to know.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from threading import Lock

import structlog

KEPT_HOURS = 48
STALE_SECONDS = 1.0
"""After a longer pause between two readings nobody knows when a line was written."""

STOOD_STILL_SECONDS = 15.0
"""How long a softswitch may have stood still before it wrote a line."""

_MOMENT = r"\d{1,11}\.\d{6}"
_LEG = r"(?P<call>[0-9a-f]{32}) (?P<position>\d{1,3}) (?P<trunk>[A-Za-z0-9_-]{1,40}) (?P<caller>\S{1,120})"
_ANSWER = re.compile(rf"A {_LEG} (?P<callee>\S{{1,120}}) (?P<answered>{_MOMENT})")
_TIMES = rf"(?P<callee>\S{{1,120}}) (?P<answered>{_MOMENT}|-) (?P<started>{_MOMENT}) (?P<ended>{_MOMENT})"
# The code comes last: of a number of no fixed length a part would look like a whole.
_CODE = r"(?P<code>\d{3}|-)"
_FINISH = re.compile(rf"F {_LEG} {_TIMES} {_CODE}")
_END = re.compile(rf"E {_LEG} {_TIMES} (?P<cause>\d{{1,3}}|-) (?P<rang>\d{{1,7}}|-) {_CODE}")
_FIRST_FINAL_CODE = 200
logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Leg:
    """One attempt of one call."""

    call_id: str
    position: int
    trunk: str
    caller_channel: str
    callee_channel: str


@dataclass(frozen=True, slots=True)
class LegAnswered:
    """A leg was answered."""

    leg: Leg
    answered: Decimal


@dataclass(frozen=True, slots=True)
class LegEnded:
    """A leg is over; times are epoch seconds, ``answered`` None when it never was.

    ``code`` is the trunk's final word, None when it gave none before the leg was given up,
    ``cause`` Asterisk's own reason, ``rang`` the milliseconds until it rang.
    """

    leg: Leg
    answered: Decimal | None
    started: Decimal
    ended: Decimal
    code: int | None
    cause: int | None = None
    rang: int | None = None


Line = LegAnswered | LegEnded


@dataclass(frozen=True, slots=True)
class Reading:
    """A line, when it was read on the monotonic clock and on the wall, and if somebody read just before."""

    line: Line
    read_on: float
    read_at: float
    fresh: bool

    def happened_on(self, epoch: Decimal) -> float:
        """When, on the monotonic clock, that was which the line dates so, in epoch seconds.

        It is written as it happens, or some seconds later by a softswitch that stood still meanwhile. A
        line that is older or comes from the future is dated by another clock, and then its reading counts.
        """
        late = self.read_at - float(epoch)
        return self.read_on - late if STALE_SECONDS < late < STOOD_STILL_SECONDS else self.read_on


def moment(epoch: Decimal) -> dt.datetime:
    """Turn epoch seconds into a moment, to the microsecond."""
    whole = int(epoch)
    microseconds = int((epoch - whole) * 1_000_000)
    return dt.datetime.fromtimestamp(whole, dt.UTC).replace(microsecond=microseconds)


def parse(text: str) -> Line | None:
    """Read one line; None when it is not exactly of a known form."""
    if found := _ANSWER.fullmatch(text):
        return LegAnswered(_leg(found), Decimal(found["answered"]))
    if found := _END.fullmatch(text):
        return replace(_ended(found), cause=_number(found["cause"]), rang=_number(found["rang"]))
    if found := _FINISH.fullmatch(text):
        return _ended(found)
    return None


def _ended(found: re.Match[str]) -> LegEnded:
    answered = None if found["answered"] == "-" else Decimal(found["answered"])
    started, ended = Decimal(found["started"]), Decimal(found["ended"])
    return LegEnded(_leg(found), answered, started, ended, _final(found["code"]))


def _number(digits: str) -> int | None:
    return int(digits) if digits.isdecimal() else None


def _final(code: str) -> int | None:
    """Read a final code; what only rang leaves its 180 behind, which ends nothing."""
    return int(code) if code.isdecimal() and int(code) >= _FIRST_FINAL_CODE else None


def _leg(found: re.Match[str]) -> Leg:
    return Leg(found["call"], int(found["position"]), found["trunk"], found["caller"], found["callee"])


class LegFiles:
    """The evidence files of one Asterisk, a file an hour, and how far each has been read.

    The places are kept in a file of ours, so that what was written while the agent was
    away is read, and read once.
    """

    def __init__(self, folder: Path, places_file: Path) -> None:
        self._folder = folder
        self._places_file = places_file
        self._places = _load(places_file)
        self._read_on: float | None = None
        self._lock = Lock()

    def read(self) -> list[Reading]:
        """Return the lines that came since the last call, in the order of their files."""
        with self._lock:
            now, at = time.monotonic(), time.time()
            fresh = self._read_on is not None and now - self._read_on < STALE_SECONDS
            self._read_on = now
            return [Reading(line, now, at, fresh) for path in self._files() for line in self._lines(path)]

    def places(self) -> dict[str, int]:
        """How far each file has been read by now."""
        with self._lock:
            return dict(self._places)

    def keep(self, places: Mapping[str, int]) -> None:
        """Remember how far was read; call it when what was read has been written elsewhere."""
        with self._lock:
            partial = self._places_file.with_suffix(".partial")
            partial.write_text(json.dumps(dict(places)))
            os.replace(partial, self._places_file)

    def remove_old(self) -> None:
        """Delete files that are older than anybody could ask for."""
        with self._lock:
            for path in self._files():
                if time.time() - path.stat().st_mtime > KEPT_HOURS * 3600:
                    path.unlink()
                    self._places.pop(path.name, None)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("legs-*.log"))

    def _lines(self, path: Path) -> Iterator[Line]:
        place = self._places.get(path.name, 0)
        if path.stat().st_size <= place:
            return
        with path.open("rb") as file:
            file.seek(place)
            piece = file.read()
        whole = piece[: piece.rfind(b"\n") + 1]
        self._places[path.name] = place + len(whole)
        for raw in whole.splitlines():
            line = parse(raw.decode("ascii", "replace"))
            if line is None:
                logger.warning("legs.not_a_line", file=path.name, length=len(raw))
            else:
                yield line


def _load(path: Path) -> dict[str, int]:
    try:
        return {str(name): int(place) for name, place in json.loads(path.read_text()).items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError) as error:
        # Reading everything again is safe: what is settled is settled once.
        logger.warning("legs.places_unreadable", file=path.name, reason=str(error))
        return {}
