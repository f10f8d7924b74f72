"""Work that nobody waits for: done all the same, and no failure of one deed stops the next."""

from __future__ import annotations

from threading import Event, get_ident

from cellhub_agi.work import Ticker, Work
from structlog.testing import capture_logs

from tests.fixtures.switch import wait_for

SECONDS = 5.0


def fail():
    raise KeyError("trunk")


def test_what_was_submitted_is_done_before_the_end():
    work, go_on, done = Work(1), Event(), []
    work.submit(go_on.wait, SECONDS)
    for number in range(20):
        work.submit(done.append, number)
    assert done == []
    go_on.set()
    work.finish()
    assert done == list(range(20))


def test_a_failure_is_told_with_its_cause_and_takes_no_thread():
    work, done = Work(1), []
    with capture_logs() as logs:
        work.submit(fail)
        work.submit(done.append, 1)
        work.finish()
    assert done == [1]
    (log,) = logs
    assert (log["event"], log["log_level"], repr(log["exc_info"])) == (
        "work.failed",
        "error",
        "KeyError('trunk')",
    )


def test_whoever_submits_waits_for_nothing():
    work, go_on = Work(1), Event()
    for _ in range(1000):
        work.submit(go_on.wait, SECONDS)
    go_on.set()
    work.finish()


def test_a_ticker_repeats_its_deed_in_one_thread_of_its_own():
    threads = []
    ticker = Ticker("test", 0.001, lambda: threads.append(get_ident()))
    ticker.start()
    wait_for(lambda: len(threads) >= 3, "it ticks")
    ticker.stop()
    assert len(set(threads)) == 1
    assert get_ident() not in threads


def test_a_ticker_begins_at_once_and_stops_in_the_middle_of_a_pause():
    ticked = Event()
    ticker = Ticker("test", 3600, ticked.set)
    ticker.start()
    assert ticked.wait(SECONDS)
    ticker.stop()
    assert not ticker._thread.is_alive()


def test_a_deed_that_fails_is_told_and_done_again():
    ticks = []

    def fail_first():
        ticks.append(1)
        if len(ticks) == 1:
            fail()

    ticker = Ticker("legs", 0.001, fail_first)
    with capture_logs() as logs:
        ticker.start()
        wait_for(lambda: len(ticks) >= 2, "it ticks again")
        ticker.stop()
    assert [(log["event"], log["ticker"]) for log in logs] == [("ticker.failed", "legs")]


def test_a_stopped_ticker_has_finished_what_it_was_doing():
    inside, done = Event(), []

    def deed():
        inside.set()
        while not ticker._stopped.is_set():
            ticker._stopped.wait(SECONDS)
        done.append(1)

    ticker = Ticker("test", 3600, deed)
    ticker.start()
    assert inside.wait(SECONDS)
    ticker.stop()
    assert done == [1]
