"""How the parts are: one tile each with a word, a reason and what to do about it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from cellhub.telemetry.heartbeats import EVERY, Beat, Part, beats

LATE = 3 * EVERY
SILENT = 9 * EVERY
RETIRED = dt.timedelta(hours=1)
"""An instance that is silent for longer was removed, provided that another one beats."""

TICK_LATE = dt.timedelta(minutes=3)
QUEUE_LATE = dt.timedelta(minutes=1)
DATABASE_SLOW = dt.timedelta(milliseconds=250)


class Word(StrEnum):
    """The state of a part, as the portal's state table words it."""

    OK = "OK"
    DEGRADED = "Degraded"
    DOWN = "Down"


@dataclass(frozen=True, slots=True)
class Tile:
    """One part's state; ``remedy`` is empty when nothing needs doing."""

    name: str
    word: Word
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen: the beats, the database's answer time, the age of the oldest due job."""

    beats: tuple[Beat, ...]
    round_trip: dt.timedelta
    queue_age: dt.timedelta


def observe(session: Session) -> Observation:
    """Look at everything that :func:`assess` judges; the session is in its reader's scope."""
    started = time.perf_counter()
    session.execute(text("SELECT 1"))
    round_trip = dt.timedelta(seconds=time.perf_counter() - started)
    return Observation(beats(session), round_trip, queue_age(session))


def queue_age(session: Session) -> dt.timedelta:
    """How long the oldest job that is due has been waiting."""
    return session.scalar(select(func.cellhub_queue_age())) or dt.timedelta()


def assess(seen: Observation, now: dt.datetime) -> list[Tile]:
    """Judge each part; one that this installation never had is not shown."""
    tiles = [_database(seen), _asterisk(seen, now), _janus(seen, now), _worker(seen, now)]
    return [tile for tile in tiles if tile is not None]


def _database(seen: Observation) -> Tile:
    milliseconds = f"{seen.round_trip / dt.timedelta(milliseconds=1):.0f} ms"
    if seen.round_trip > DATABASE_SLOW:
        remedy = "Look for long statements in pg_stat_activity and for a full disk."
        return Tile("PostgreSQL", Word.DEGRADED, f"It took {milliseconds} to answer.", remedy)
    return Tile("PostgreSQL", Word.OK, f"Answers in {milliseconds}.")


def _asterisk(seen: Observation, now: dt.datetime) -> Tile:
    return _part(
        "Asterisk", _of(seen, Part.ASTERISK, now), now, "Start the softswitch and the agent beside it."
    )


def _janus(seen: Observation, now: dt.datetime) -> Tile | None:
    gateways = _of(seen, Part.JANUS, now)
    return _part("Janus", gateways, now, "Start the WebRTC gateway.") if gateways else None


def _worker(seen: Observation, now: dt.datetime) -> Tile:
    tile = _part("Worker", _of(seen, Part.WORKER, now), now, "Start it with: cellhub worker")
    if tile.word is not Word.OK:
        return tile
    if seen.queue_age > QUEUE_LATE:
        reason = f"The oldest job has been waiting for {spoken(seen.queue_age)}."
        return Tile("Worker", Word.DEGRADED, reason, "Start more workers, or look for a job that hangs.")
    ticks = [mark.seen_at for mark in seen.beats if mark.part is Part.SCHEDULER]
    if not ticks or now - max(ticks) > TICK_LATE:
        return Tile("Worker", Word.DEGRADED, _missing_tick(ticks, now), "Start it with: cellhub scheduler")
    return tile


def _missing_tick(ticks: list[dt.datetime], now: dt.datetime) -> str:
    if not ticks:
        return "The scheduler has never sent a job."
    return f"The scheduler has sent no job for {spoken(now - max(ticks))}."


def _of(seen: Observation, part: Part, now: dt.datetime) -> list[Beat]:
    """The instances of ``part``, without those that were taken out of service."""
    found = [mark for mark in seen.beats if mark.part is part]
    recent = [mark for mark in found if now - mark.seen_at <= RETIRED]
    return recent or found


def _part(name: str, instances: list[Beat], now: dt.datetime, remedy: str) -> Tile:
    if not instances:
        return Tile(name, Word.DOWN, "It has never been seen.", remedy)
    for word, matches, sentence in RULES:
        matching = [mark for mark in instances if matches(mark, now)]
        if matching and (word is not Word.DOWN or len(matching) == len(instances)):
            return Tile(name, word, sentence(matching, now), remedy)
    return Tile(name, Word.OK, _all_well(instances))


def _silent(mark: Beat, now: dt.datetime) -> bool:
    return now - mark.seen_at > SILENT


def _late(mark: Beat, now: dt.datetime) -> bool:
    return now - mark.seen_at > LATE


def _troubled(mark: Beat, _now: dt.datetime) -> bool:
    return bool(mark.problem)


def _all_silent(marks: list[Beat], now: dt.datetime) -> str:
    return f"No sign of life for {spoken(now - max(mark.seen_at for mark in marks))}."


def _some_late(marks: list[Beat], now: dt.datetime) -> str:
    return f"No sign of life from {_names(marks)} for {spoken(now - min(mark.seen_at for mark in marks))}."


def _problems(marks: list[Beat], _now: dt.datetime) -> str:
    return " ".join(f"{mark.instance}: {mark.problem}" for mark in marks)


Rule = tuple[Word, Callable[[Beat, dt.datetime], bool], Callable[[list[Beat], dt.datetime], str]]
# The first rule that an instance meets is the part's; it is down only when all of them are.
RULES: tuple[Rule, ...] = (
    (Word.DOWN, _silent, _all_silent),
    (Word.DEGRADED, _late, _some_late),
    (Word.DEGRADED, _troubled, _problems),
)


def _all_well(instances: list[Beat]) -> str:
    if len(instances) == 1:
        return "Running."
    return f"All {len(instances)} instances run."


def _names(marks: Iterable[Beat]) -> str:
    return ", ".join(sorted(mark.instance for mark in marks))


def spoken(span: dt.timedelta) -> str:
    """Say a span in its largest unit: 45 s, 12 min, 3 h, 2 d."""
    seconds = int(span.total_seconds())
    for limit, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds // size} {unit}"
    return f"{seconds // 86_400} d"
