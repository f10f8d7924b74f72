"""The charging path alone: complete lives over the agent's protocols, on PostgreSQL with fsync."""

from __future__ import annotations

from pathlib import Path

from cellhub.local.database import PostgresServer
from tests.perf.figures import Figures
from tests.perf.rounds import Bench, begin, show_cpu
from tests.perf.sizes import Sizes
from tests.perf.stacks import stacks_sampled
from tests.perf.statements import StatementTime, statements_counted

STATEMENTS_SHOWN = 8
TEXT_SHOWN = 100
FUNCTIONS_SHOWN = 20
PARTS = (
    "_load_by",
    "_reserve",
    "_decide",
    "_rate_and_trunks",
    "settle_call",
    "note_answer",
    "catch_up",
    "_get_agi_env",
    "send (cellhub_agi/fastagi.py",
    "hung_up",
    "logger",
    "Connections",
)
"""Functions of the agent whose shares are told."""


def bench_lives(figures: Figures, sizes: Sizes, bench: Bench) -> None:
    """Complete lives of calls: check, answer, settle."""
    begin(figures, bench)
    bench.round()  # connections, caches and plans
    flat_out, half = [], []
    for _ in range(sizes.rounds):
        flat_out.append(bench.round())
        half.append(bench.round(flat_out[-1].rate / 2))
    figures.section("flat out")
    figures.figure("lives", [one.rate for one in flat_out], "a second")
    figures.figure("verdict p50", [one.verdict_ms(50) for one in flat_out], "ms")
    figures.figure("verdict p99", [one.verdict_ms(99) for one in flat_out], "ms")
    show_cpu(figures, flat_out)
    figures.section("at half of that rate")
    figures.figure("lives", [one.rate for one in half], "a second")
    figures.figure("verdict p50", [one.verdict_ms(50) for one in half], "ms")
    figures.figure("verdict p99", [one.verdict_ms(99) for one in half], "ms")
    show_cpu(figures, half)


def bench_statements(figures: Figures, bench: Bench, postgres: PostgresServer) -> None:
    """Where PostgreSQL spends the time of a life, statement by statement."""
    begin(figures, bench)
    bench.round()  # connections, caches and plans
    with statements_counted(postgres, bench.market.database.name) as statements:
        counted = bench.round()
    figures.figure("lives while counting", counted.rate, "a second")
    figures.figure("CPU of PostgreSQL while counting", counted.postgres_ms, "ms a life")
    figures.section("ms a life: planning + execution, times a life, text")
    for one in statements[:STATEMENTS_SHOWN]:
        figures.note(_a_life(one, bench.sizes.lives))


def _a_life(one: StatementTime, lives: int) -> str:
    plan, run, times = one.plan_ms / lives, one.run_ms / lives, one.calls / lives
    return f"{plan:.3f} + {run:.3f}  x{times:.1f}  {one.text[:TEXT_SHOWN]}"


def bench_stacks(figures: Figures, bench: Bench, tmp_path: Path) -> None:
    """Where the agent's Python spends its time, if py-spy is installed."""
    begin(figures, bench)
    bench.round()
    with stacks_sampled(bench.agent.pid, tmp_path) as samples:
        bench.round()
    if not samples.stacks:
        figures.note("py-spy is not installed beside the agent: pip install py-spy")
        return
    figures.section("% of its samples, by what it was doing")
    for name, percent in samples.share(PARTS).items():
        figures.note(f"{percent:5.1f}  {name}")
    figures.section("% of its samples, by innermost function")
    for name, percent in samples.innermost(FUNCTIONS_SHOWN):
        figures.note(f"{percent:5.1f}  {name}")
