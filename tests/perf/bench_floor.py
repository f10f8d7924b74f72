"""What charging costs beside the least that it could cost."""

from __future__ import annotations

from tests.perf import bare
from tests.perf.agent import RunningAgent, running_agent
from tests.perf.figures import Figures
from tests.perf.rounds import Bench, Round, begin, show_cpu
from tests.perf.sizes import Sizes


def bench_floor(figures: Figures, sizes: Sizes, bench: Bench) -> None:
    """Complete lives beside those of an agent without rules, taking turns."""
    begin(figures, bench)
    with running_agent(bench.market, bare.PROGRAM) as agent:
        least = _bare(bench, agent)
        for one in (bench, least):
            one.round()  # connections, caches and plans
        pairs = [(bench.round(), least.round()) for _ in range(sizes.rounds)]
    _show(figures, "CellHub", [ours for ours, _ in pairs])
    _show(figures, "hold, note, charge and nothing else", [floor for _, floor in pairs])
    figures.section("CellHub in times of that")
    figures.figure("CPU of both", [_cpu(ours) / _cpu(floor) for ours, floor in pairs])


def _show(figures: Figures, title: str, rounds: list[Round]) -> None:
    figures.section(title)
    figures.figure("lives", [one.rate for one in rounds], "a second")
    show_cpu(figures, rounds)


def _bare(bench: Bench, agent: RunningAgent) -> Bench:
    return Bench(bare.BareMarket.within(bench.market), agent, bench.postgres, bench.sizes)


def _cpu(one: Round) -> float:
    return one.agent_ms + one.postgres_ms
