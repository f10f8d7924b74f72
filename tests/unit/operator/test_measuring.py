"""What the operator tells of its work: how long, how it ended, and what still waits for a hand."""

from __future__ import annotations

from threading import Event

import pytest
from cellhub_operator.measuring import DONE, FAILED, Hands, measured

from cellhub.telemetry.metrics import RECONCILES, RESOURCES_WAITING


def count(kind, end):
    samples = RECONCILES.collect()[0].samples
    wanted = {"kind": kind, "end": end}
    return sum(one.value for one in samples if one.name.endswith("_count") and one.labels == wanted)


def waiting():
    return RESOURCES_WAITING.collect()[0].samples[0].value


def test_an_end_is_counted_as_it_was_told_and_one_that_breaks_off_as_failed():
    with measured("Whole") as ended:
        ended(DONE)
    with pytest.raises(OSError, match="away"), measured("Broken"):
        raise OSError("away")
    assert [count("Whole", DONE), count("Whole", FAILED)] == [1, 0]
    assert [count("Broken", DONE), count("Broken", FAILED)] == [0, 1]


def test_what_waits_for_a_hand_is_counted_until_it_begins():
    goes_on, begun = Event(), Event()
    with Hands(1) as hands:
        hands.submit(lambda: begun.set() or goes_on.wait(10))
        assert begun.wait(10)
        later = [hands.submit(int), hands.submit(int)]
        assert waiting() == 2
        goes_on.set()
        assert [one.result(10) for one in later] == [0, 0]
        assert waiting() == 0
