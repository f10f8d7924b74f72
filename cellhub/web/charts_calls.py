"""Geometry of the charts about calls: heat of an hour, time line of legs, ladder of messages."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from cellhub.web.charts import Number, Tick

_DEPTHS = 4
_CELL_ROW = 26
_HEAT_HEAD = 18
_CELL_HEIGHT = 23
_LANE = 26
_LANE_BAR = 14
_MESSAGE_ROW = 20
_LADDER_HEAD = 22
_TICK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_MOST_TICKS = 5
_LEAD_OUT = 1.08  # room at the end, so that the last bar does not touch the edge
_NARROWEST_PLOT = 424  # pixels; below that the panel scrolls
_LETTER = 6.5  # pixels of an average letter of 11 px


class HeatRow(NamedTuple):
    """A line of cells; None leaves a cell out, as for the hours still to come."""

    name: str
    values: Sequence[Number | None]


class HeatCell(NamedTuple):
    x: float
    width: float
    y: int
    text: str
    depth: int
    outlier: bool


class HeatChart(NamedTuple):
    cells: tuple[HeatCell, ...]
    names: tuple[tuple[int, str], ...]
    ticks: tuple[Tick, ...]
    height: int
    cell_height: int = _CELL_HEIGHT


class Span(NamedTuple):
    """A stretch of a leg, in seconds on any common clock; `kind` is ring, wait, talk or fault."""

    start: float
    end: float
    kind: str
    text: str = ""


class Lane(NamedTuple):
    name: str
    spans: Sequence[Span]


class DrawnSpan(NamedTuple):
    x: float
    width: float
    y: int
    kind: str
    text: str
    inside: bool


class LegChart(NamedTuple):
    spans: tuple[DrawnSpan, ...]
    names: tuple[tuple[int, str], ...]
    ticks: tuple[Tick, ...]
    height: int
    bar_height: int = _LANE_BAR


class Message(NamedTuple):
    source: int
    target: int
    word: str
    fault: bool = False


class DrawnMessage(NamedTuple):
    x1: float
    x2: float
    y: int
    middle: float
    word: str
    fault: bool


class Ladder(NamedTuple):
    lives: tuple[Tick, ...]
    messages: tuple[DrawnMessage, ...]
    height: int


def heat_chart(
    rows: Sequence[HeatRow], heads: Sequence[str], outlier: tuple[int, int] | None = None
) -> HeatChart:
    """Lay out a cell a value, its depth by where the value lies between the least and the most.

    `heads` names the columns, empty where none is wanted; `outlier` is (row, column) of the red one.
    """
    known = [float(value) for row in rows for value in row.values if value is not None]
    least, most = min(known, default=0.0), max(known, default=0.0)
    slot = 100 / max(len(heads), 1)
    cells = tuple(
        HeatCell(
            round(column * slot, 3), round(slot * 0.92, 3), _HEAT_HEAD + at * _CELL_ROW, str(value),
            _depth(float(value), least, most), (at, column) == outlier,
        )
        for at, row in enumerate(rows)
        for column, value in enumerate(row.values)
        if value is not None
    )  # fmt: skip
    ticks = tuple(Tick(round((at + 0.46) * slot, 3), head) for at, head in enumerate(heads) if head)
    names = _placed((row.name for row in rows), _CELL_ROW, _HEAT_HEAD)
    return HeatChart(cells, names, ticks, _HEAT_HEAD + len(rows) * _CELL_ROW)


def _depth(value: float, least: float, most: float) -> int:
    return round(_DEPTHS * (value - least) / (most - least)) if most > least else 0


def _placed(names: Iterable[str], row: int, top: int = 0) -> tuple[tuple[int, str], ...]:
    return tuple((top + at * row, name) for at, name in enumerate(names))


def leg_chart(lanes: Sequence[Lane], write: Callable[[float], str]) -> LegChart:
    """Lay out the legs of a call on one clock; `write` turns a clock second into its label."""
    start = min(span.start for lane in lanes for span in lane.spans)
    end = max(span.end for lane in lanes for span in lane.spans)
    length = max(end - start, 1.0) * _LEAD_OUT
    spans = tuple(
        _drawn_span(span, start, length, at * _LANE) for at, lane in enumerate(lanes) for span in lane.spans
    )
    return LegChart(
        spans,
        _placed((lane.name for lane in lanes), _LANE),
        _clock_ticks(start, length, write),
        len(lanes) * _LANE,
    )


def _drawn_span(span: Span, start: float, length: float, y: int) -> DrawnSpan:
    width = 100 * (span.end - span.start) / length
    needed = 100 * (len(span.text) * _LETTER + 12) / _NARROWEST_PLOT
    x = 100 * (span.start - start) / length
    return DrawnSpan(round(x, 3), round(max(width, 0.5), 3), y, span.kind, span.text, width >= needed)


def _clock_ticks(start: float, length: float, write: Callable[[float], str]) -> tuple[Tick, ...]:
    step = next((step for step in _TICK_STEPS if length / step <= _MOST_TICKS), length / _MOST_TICKS)
    steps = range(int(length / step) + 1)
    return tuple(Tick(round(100 * at * step / length, 3), write(start + at * step), "start") for at in steps)


def ladder(parties: Sequence[str], messages: Sequence[Message]) -> Ladder:
    """Lay out SIP messages between parties, top to bottom in the order given."""
    lives = tuple(Tick(round(100 * (at + 0.5) / len(parties), 3), name) for at, name in enumerate(parties))
    drawn = tuple(_drawn_message(message, lives, at) for at, message in enumerate(messages))
    return Ladder(lives, drawn, _LADDER_HEAD + len(messages) * _MESSAGE_ROW + 10)


def _drawn_message(message: Message, lives: Sequence[Tick], at: int) -> DrawnMessage:
    x1, x2 = lives[message.source].at, lives[message.target].at
    y = _LADDER_HEAD + (at + 1) * _MESSAGE_ROW
    return DrawnMessage(x1, x2, y, round((x1 + x2) / 2, 3), message.word, message.fault)
