"""Which word a part gets, and why."""

import datetime as dt

import pytest

from cellhub.telemetry.health import Observation, Tile, Word, assess, spoken
from cellhub.telemetry.heartbeats import Beat, Part

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
START_SWITCH = "Start the softswitch and the agent beside it."


def beat(part: Part, seconds_ago: float, instance: str = "one", **detail: str) -> Beat:
    return Beat(part, instance, NOW - dt.timedelta(seconds=seconds_ago), detail)


def tiles(*beats: Beat, answer_ms: float = 2, queue_s: float = 0) -> dict[str, Tile]:
    seen = Observation(beats, dt.timedelta(milliseconds=answer_ms), dt.timedelta(seconds=queue_s))
    return {tile.name: tile for tile in assess(seen, NOW)}


WELL = (beat(Part.ASTERISK, 4), beat(Part.WORKER, 9), beat(Part.SCHEDULER, 55))


def test_a_well_installation_has_nothing_to_do():
    assert list(tiles(*WELL).values()) == [
        Tile("PostgreSQL", Word.OK, "Answers in 2 ms."),
        Tile("Asterisk", Word.OK, "Running."),
        Tile("Worker", Word.OK, "Running."),
    ]


def test_a_slow_database_is_degraded():
    tile = tiles(*WELL, answer_ms=900)["PostgreSQL"]
    assert (tile.word, tile.reason) == (Word.DEGRADED, "It took 900 ms to answer.")
    assert "pg_stat_activity" in tile.remedy


def test_what_never_beat_is_down():
    assert tiles()["Asterisk"] == Tile("Asterisk", Word.DOWN, "It has never been seen.", START_SWITCH)


@pytest.mark.parametrize(
    ("seconds", "word"), [(29, Word.OK), (31, Word.DEGRADED), (89, Word.DEGRADED), (91, Word.DOWN)]
)
def test_silence_grows_from_well_to_degraded_to_down(seconds, word):
    assert tiles(beat(Part.ASTERISK, seconds))["Asterisk"].word is word


def test_a_silent_part_says_for_how_long():
    assert tiles(beat(Part.ASTERISK, 300))["Asterisk"].reason == "No sign of life for 5 min."


def test_one_silent_pod_of_two_is_degraded_and_named():
    tile = tiles(beat(Part.ASTERISK, 3, "pod-1"), beat(Part.ASTERISK, 240, "pod-2"))["Asterisk"]
    assert (tile.word, tile.reason) == (Word.DEGRADED, "No sign of life from pod-2 for 4 min.")


def test_a_pod_taken_out_of_service_is_forgotten():
    tile = tiles(beat(Part.ASTERISK, 3, "pod-1"), beat(Part.ASTERISK, 4000, "pod-2"))["Asterisk"]
    assert tile == Tile("Asterisk", Word.OK, "Running.")


def test_a_living_part_that_has_a_problem_is_degraded_by_it():
    tile = tiles(beat(Part.ASTERISK, 3, "pod-1", problem="AMI refuses the log-in."))["Asterisk"]
    assert (tile.word, tile.reason) == (Word.DEGRADED, "pod-1: AMI refuses the log-in.")


def test_janus_is_shown_only_where_there_is_one():
    assert "Janus" not in tiles(*WELL)
    assert tiles(*WELL, beat(Part.JANUS, 500))["Janus"].word is Word.DOWN


def test_a_job_that_waits_degrades_the_worker():
    tile = tiles(*WELL, queue_s=300)["Worker"]
    assert (tile.word, tile.reason) == (Word.DEGRADED, "The oldest job has been waiting for 5 min.")


def test_a_stopped_scheduler_degrades_the_worker():
    tile = tiles(beat(Part.WORKER, 1), beat(Part.SCHEDULER, 600))["Worker"]
    assert tile.reason == "The scheduler has sent no job for 10 min."
    assert tile.remedy == "Start it with: cellhub scheduler"


def test_a_scheduler_that_never_ran_is_said_so():
    assert tiles(beat(Part.WORKER, 1))["Worker"].reason == "The scheduler has never sent a job."


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172_800, "2 d")]
)
def test_a_span_is_said_in_its_largest_unit(seconds, words):
    assert spoken(dt.timedelta(seconds=seconds)) == words
