"""What the dashboard's charts find, as the sentences above them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest

from cellhub.dashboard.figures import Day
from cellhub.dashboard.findings import answer_rate, at_once, low_credit

NOON = dt.datetime(2026, 7, 16, 12, 0, tzinfo=dt.UTC)
DAY = Day.at(NOON, "UTC")


def hours(**counts):
    return {int(hour.removeprefix("h")): count for hour, count in counts.items()}


@pytest.mark.parametrize(
    ("today", "sentence", "outliers"),
    [
        (hours(h9=(1, 1)), "100 % of today's 1 call answered, no hour far below", 0),
        (hours(h8=(10, 6), h9=(10, 6)), "60 % of today's 20 calls answered, no hour far below", 0),
        (hours(h8=(90, 54), h9=(10, 2)), "Answer rate fell to 20 % at 09:00, of 10 calls", 1),
        # One lost call of one says nothing about a trunk.
        (hours(h8=(90, 90), h9=(1, 0)), "99 % of today's 91 calls answered, no hour far below", 0),
    ],
)
def test_an_hour_is_named_when_it_falls_out_of_the_day(today, sentence, outliers):
    finding = answer_rate(DAY, [(DAY, today), (DAY.before(1), {})])
    assert (finding.sentence, sum(cell.outlier for cell in finding.chart.cells)) == (sentence, outliers)


def test_a_day_without_calls_has_no_answer_rate():
    assert answer_rate(DAY, [(DAY, {}), (DAY.before(1), {})]) is None


def test_the_line_of_calls_ends_in_what_runs_now_and_not_in_the_last_peak():
    samples = [(NOON - dt.timedelta(minutes=10), 2), (NOON - dt.timedelta(minutes=5), 4)]
    finding = at_once(samples, (NOON, 0))
    assert finding.sentence == "0 calls at once now; the peak of 24 hours was 4 at 11:55"
    assert finding.chart.now == (100.0, float(finding.chart.height))


def test_a_quiet_day_draws_no_line():
    assert at_once([(NOON, 0)], (NOON, 0)) is None


def account(name, balance, threshold):
    money = Decimal(balance)
    return SimpleNamespace(id=1, name=name, balance=money, available=money, low_credit=Decimal(threshold))


@pytest.mark.parametrize(
    ("balance", "spent", "lasts"),
    [("0", "5", "spent"), ("4", "0", "no calls for a day"), ("5", "24", "lasts 5 hours"),
     ("1", "24", "lasts 1 hour"), ("72", "24", "lasts 3 days")],
)  # fmt: skip
def test_low_credit_says_how_long_it_lasts(balance, spent, lasts):
    found = low_credit([(account("Maple", balance, "100"), Decimal(spent))])
    assert found.sentence == "1 client is below its credit threshold"
    assert [one.lasts for one in found.shown] == [lasts]


def test_nobody_below_the_threshold_is_no_panel():
    assert low_credit([]) is None
