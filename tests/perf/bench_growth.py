"""The cost of a charged call as rates and call records grow: it should not."""

from __future__ import annotations

import statistics

from tests.perf.figures import Figures
from tests.perf.rounds import Bench, Round, begin
from tests.perf.sizes import Sizes


def bench_growth(figures: Figures, sizes: Sizes, bench: Bench) -> None:
    """The cost of a charged call as its tables grow."""
    begin(figures, bench)
    bench.round()  # connections, caches and plans
    first = 0.0
    for count in sizes.rates:
        bench.market.grow_rates(count)
        cost = _tell(figures, _rounds(bench), f"{count:,} rates, no call records")
        first = first or cost
        _compare(figures, cost, first)
    bench.market.grow_cdrs(0, sizes.cdrs)
    cost = _tell(figures, _rounds(bench), f"{sizes.rates[-1]:,} rates, {sizes.cdrs:,} call records")
    _compare(figures, cost, first)


def _rounds(bench: Bench) -> list[Round]:
    """Tell PostgreSQL the new size, as its autovacuum would, and measure after a round that warms up."""
    bench.market.analyze()
    bench.round()
    return [bench.round() for _ in range(bench.sizes.rounds)]


def _tell(figures: Figures, rounds: list[Round], size: str) -> float:
    costs = [one.agent_ms + one.postgres_ms for one in rounds]
    figures.section(size)
    figures.figure("lives", [one.rate for one in rounds], "a second")
    figures.figure("CPU of agent and PostgreSQL", costs, "ms a life")
    figures.figure("of these PostgreSQL", [one.postgres_ms for one in rounds], "ms a life")
    return statistics.median(costs)


def _compare(figures: Figures, cost: float, first: float) -> None:
    figures.figure("ratio to the first size", cost / first)
