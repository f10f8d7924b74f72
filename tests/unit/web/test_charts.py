from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellhub.web.charts import (
    Bar,
    GridLine,
    Point,
    Tick,
    bar_chart,
    fill_width,
    line_chart,
    nice_top,
    spark_line,
)


@pytest.mark.parametrize(
    ("peak", "top"),
    [
        (0, 2),
        (1, 1),
        (2, 2),
        (3, 4),
        (55, 60),
        (80, 80),
        (882, 1000),
        (154, 200),
        (Decimal("0.031"), Decimal("0.04")),
    ],
)
def test_the_axis_ends_at_a_round_figure(peak, top):
    assert nice_top(peak) == top


@given(st.decimals(min_value=Decimal("0.000001"), max_value=10**9, places=6))
def test_the_axis_holds_the_peak_without_wasting_more_than_half(peak):
    assert peak <= nice_top(peak) <= 2 * peak


def test_bars_stand_on_the_ground_line_and_share_the_width():
    chart = bar_chart([Point("Mon", 50), Point("Tue", 100, "Tue", "unfinished")], height=106)
    assert chart.bars == (
        Bar(7.0, 36.0, 56.0, 50.0, "main", "Mon"),
        Bar(57.0, 36.0, 6.0, 100.0, "unfinished", "Tue"),
    )
    assert chart.ticks == (Tick(75.0, "Tue"),)
    assert chart.grid == (GridLine(6.0, "100"), GridLine(56.0, "50"), GridLine(106.0, "0"))


def test_axis_figures_are_written_without_an_exponent():
    assert [line.text for line in bar_chart([Point("a", 74)]).grid] == ["80", "40", "0"]


def test_a_line_runs_from_edge_to_edge_and_ends_at_now():
    chart = line_chart([Point("a", 0, "first"), Point("b", 10), Point("c", 5, "last")], height=106)
    assert chart.curve == "M0 106L50 6L100 56"
    assert chart.under == "M0 106L50 6L100 56L100 106L0 106Z"
    assert chart.now == (100.0, 56.0)
    assert chart.ticks == (Tick(0.0, "first", "start"), Tick(100.0, "last", "end"))


def test_a_chart_without_points_keeps_its_grid():
    assert bar_chart([]).bars == ()
    assert line_chart([]).curve == ""
    assert len(line_chart([]).grid) == 3


def test_spark_lines_of_a_column_share_their_scale():
    low, high = spark_line([1, 1], top=10), spark_line([10, 10], top=10)
    assert low.now > high.now


@pytest.mark.parametrize(
    ("part", "whole", "width"), [(0, 10, 0.0), (5, 10, 50.0), (15, 10, 100.0), (-1, 10, 0.0), (1, 0, 0.0)]
)
def test_a_fill_bar_stays_within_its_track(part, whole, width):
    assert fill_width(part, whole) == width
