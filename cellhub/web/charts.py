"""Geometry of the SVG charts: values in, positions out, nothing drawn.

Across, positions are percentages of the plot, because a plot is as wide as its panel and an SVG
takes percentages for rectangles, lines and text. Downwards they are pixels, as each chart has its
height. The macros of macros/chart.jinja2 draw what these functions return.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

Number = int | float | Decimal
Writer = Callable[[Decimal], str]

PLOT_HEIGHT = 104
_TOP_PAD = 6
_BAR_SHARE = 0.72
_NICE_STEPS = (1, 2, 4, 6, 8, 10)
_DECIMALS = 3


class Point(NamedTuple):
    """A value of a series; `tick` is the axis label under it, `kind` colours its bar."""

    label: str
    value: Number
    tick: str = ""
    kind: str = "main"  # main, comparison, unfinished, bad


class Tick(NamedTuple):
    at: float
    text: str
    anchor: str = "middle"


class GridLine(NamedTuple):
    y: float
    text: str


class Bar(NamedTuple):
    x: float
    width: float
    y: float
    height: float
    kind: str
    title: str


class BarChart(NamedTuple):
    bars: tuple[Bar, ...]
    grid: tuple[GridLine, ...]
    ticks: tuple[Tick, ...]
    height: int


class LineChart(NamedTuple):
    """`curve` and `under` are paths in a view box of 100 by `height`; `now` is where the series ends."""

    curve: str
    under: str
    now: tuple[float, float]
    grid: tuple[GridLine, ...]
    ticks: tuple[Tick, ...]
    height: int


class Spark(NamedTuple):
    curve: str
    now: float
    height: int


def plain(value: Decimal) -> str:
    """Write an axis figure without an exponent."""
    return f"{value:f}"


def nice_top(peak: Number, least: Number = 0) -> Decimal:
    """Give the round figure at or above the peak whose half is round too."""
    peak = max(Decimal(str(peak)), Decimal(str(least)))
    if peak <= 0:
        return Decimal(2)
    size = Decimal(1).scaleb(peak.adjusted())
    return next(size * step for step in _NICE_STEPS if size * step >= peak)


def fill_width(part: Number, whole: Number) -> float:
    """Give the filled percentage of a bar, never outside it."""
    return _rounded(100 * min(max(float(part) / float(whole), 0.0), 1.0)) if whole else 0.0


def bar_chart(points: Sequence[Point], write: Writer = plain, height: int = PLOT_HEIGHT) -> BarChart:
    """Lay out one bar a point, with grid lines at nothing, half and top."""
    top = nice_top(max((point.value for point in points), default=0))
    slot = 100 / max(len(points), 1)
    bars = tuple(_bar(point, at * slot, slot, float(top), height) for at, point in enumerate(points))
    ticks = tuple(_tick(at * slot + slot / 2, point.tick) for at, point in enumerate(points) if point.tick)
    return BarChart(bars, _grid(top, write, height), ticks, height)


def _bar(point: Point, left: float, slot: float, top: float, height: int) -> Bar:
    drawn = _rounded(float(point.value) / top * (height - _TOP_PAD))
    margin = slot * (1 - _BAR_SHARE) / 2
    return Bar(
        _rounded(left + margin),
        _rounded(slot * _BAR_SHARE),
        _rounded(height - drawn),
        drawn,
        point.kind,
        point.label,
    )


def line_chart(points: Sequence[Point], write: Writer = plain, height: int = PLOT_HEIGHT) -> LineChart:
    """Lay out a line over its area, the points evenly apart."""
    top = nice_top(max((point.value for point in points), default=0))
    spots = _spots([point.value for point in points], float(top), height)
    curve = _path(spots)
    under = f"{curve}L100 {height}L0 {height}Z" if spots else ""
    ticks = tuple(
        _edge_tick(spot[0], point.tick) for spot, point in zip(spots, points, strict=True) if point.tick
    )
    return LineChart(
        curve, under, spots[-1] if spots else (0, height), _grid(top, write, height), ticks, height
    )


def spark_line(values: Sequence[Number], top: Number, height: int = 24) -> Spark:
    """Lay out a line without axes; `top` is shared by a column so that its lines compare."""
    spots = _spots(values, float(top) or 1.0, height)
    return Spark(_path(spots), spots[-1][1] if spots else height, height)


def _spots(values: Sequence[Number], top: float, height: int) -> list[tuple[float, float]]:
    step = 100 / max(len(values) - 1, 1)
    drawable = height - _TOP_PAD
    return [
        (_rounded(at * step), _rounded(height - float(value) / top * drawable))
        for at, value in enumerate(values)
    ]


def _path(spots: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in spots) if spots else ""


def _grid(top: Decimal, write: Writer, height: int) -> tuple[GridLine, ...]:
    drawable = height - _TOP_PAD
    values = (top, top / 2, Decimal(0))
    return tuple(GridLine(_rounded(height - float(value / top) * drawable), write(value)) for value in values)


def _tick(at: float, text: str) -> Tick:
    return Tick(_rounded(at), text)


def _edge_tick(at: float, text: str) -> Tick:
    """Keep the first and the last label inside the plot."""
    anchor = {0.0: "start", 100.0: "end"}.get(at, "middle")
    return Tick(at, text, anchor)


def _rounded(number: float) -> float:
    return round(number, _DECIMALS)
