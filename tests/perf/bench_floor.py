"""What charging costs beside the least that it could cost, step by step up to the product."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.perf import bare, ready
from tests.perf.agent import running_agent
from tests.perf.figures import Figures
from tests.perf.rounds import Bench, Round, begin, show_cpu
from tests.perf.sizes import Sizes

LEAST = "hold, note, charge on four small tables"
RECORDS = "the product's own three deeds with ready values: all its records, nothing decided"
READS = "the same, and all that a check decides by is read"
PRODUCT = "CellHub: rules, explanations and evidence too"


def bench_floor(figures: Figures, sizes: Sizes, bench: Bench) -> None:
    """Complete lives by agents that do more and more of what CellHub does, taking turns."""
    begin(figures, bench)
    with _rungs(bench) as rungs:
        for one in rungs.values():
            one.round()  # connections, caches and plans
        bench.market.analyze()
        for one in rungs.values():
            one.round()
        turns = [{name: one.round() for name, one in rungs.items()} for _ in range(sizes.rounds)]
    for name in rungs:
        _show(figures, name, [turn[name] for turn in turns])
    figures.section("CPU of both, in times of the least")
    for name in (RECORDS, READS, PRODUCT):
        figures.figure(name[:40], [_cpu(turn[name]) / _cpu(turn[LEAST]) for turn in turns])


@contextmanager
def _rungs(bench: Bench) -> Iterator[dict[str, Bench]]:
    market, postgres, sizes = bench.market, bench.postgres, bench.sizes
    with ExitStack() as agents:
        least = agents.enter_context(running_agent(market, bare.PROGRAM))
        records = agents.enter_context(running_agent(market, ready.PROGRAM))
        reads = agents.enter_context(running_agent(market, ready.PROGRAM, **{ready.LOADS: "yes"}))
        yield {
            LEAST: Bench(bare.BareMarket.within(market), least, postgres, sizes),
            RECORDS: Bench(market, records, postgres, sizes),
            READS: Bench(market, reads, postgres, sizes),
            PRODUCT: bench,
        }


def _show(figures: Figures, title: str, rounds: list[Round]) -> None:
    figures.section(title)
    figures.figure("lives", [one.rate for one in rounds], "a second")
    show_cpu(figures, rounds)


def _cpu(one: Round) -> float:
    return one.agent_ms + one.postgres_ms
