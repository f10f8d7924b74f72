"""The charging path alone: complete lives over the agent's protocols, on PostgreSQL with fsync."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from cellhub.local.database import PostgresServer
from tests.fixtures.database import Database
from tests.perf import processes
from tests.perf.agent import RunningAgent, postgres_pid, running_agent
from tests.perf.figures import Figures, percentile
from tests.perf.lives import Load, Outcome
from tests.perf.market import Market, open_market
from tests.perf.sizes import Sizes
from tests.perf.statements import StatementTime, statements_counted

MILLISECONDS = 1_000
STATEMENTS_SHOWN = 8
TEXT_SHOWN = 100


@pytest.fixture
def market(own_database: Database, sizes: Sizes) -> Iterator[Market]:
    """A tenant with a deck of the smallest size."""
    with open_market(own_database, clients=sizes.clients, rates=sizes.rates[0]) as market:
        yield market


@pytest.fixture
def agent(market: Market) -> Iterator[RunningAgent]:
    """The agent of that tenant."""
    with running_agent(market) as agent:
        yield agent


@dataclass(frozen=True, slots=True)
class Round:
    """One round: what the load saw, and the CPU milliseconds a life of each process."""

    outcome: Outcome
    lives: int
    agent_ms: float
    postgres_ms: float
    load_ms: float

    @property
    def rate(self) -> float:
        """Lives a second, until the last was settled."""
        return self.lives / self.outcome.seconds

    def verdict_ms(self, percent: float) -> float:
        """A percentile of the time until the verdict."""
        return percentile(self.outcome.verdicts, percent) * MILLISECONDS


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured, and how much of it."""

    market: Market
    agent: RunningAgent
    postgres: int
    sizes: Sizes

    def round(self, rate: float | None = None) -> Round:
        """Live one round, flat out or at a rate."""
        load = Load(self.agent.switch, self.market.callers, threads=self.sizes.threads, up=self.sizes.up)
        before = self._cpu()
        if rate is None:
            outcome = load.flat_out(self.sizes.lives, self._settled)
        else:
            outcome = load.at_rate(self.sizes.lives, rate, self._settled)
        used = [
            (now - then) / self.sizes.lives * MILLISECONDS
            for then, now in zip(before, self._cpu(), strict=True)
        ]
        return Round(outcome, self.sizes.lives, *used)

    def _cpu(self) -> tuple[float, float, float]:
        return self.agent.cpu_seconds, processes.cpu_seconds(self.postgres), time.process_time()

    def _settled(self) -> bool:
        return self.market.unfinished() == 0


def bench_lives(
    figures: Figures, sizes: Sizes, market: Market, agent: RunningAgent, postgres: PostgresServer
) -> None:
    """Complete lives of calls: check, answer, settle."""
    bench = Bench(market, agent, postgres_pid(postgres), sizes)
    begin(figures, market, sizes)
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


def bench_statements(
    figures: Figures, sizes: Sizes, market: Market, agent: RunningAgent, postgres: PostgresServer
) -> None:
    """Where PostgreSQL spends the time of a life, statement by statement."""
    bench = Bench(market, agent, postgres_pid(postgres), sizes)
    begin(figures, market, sizes)
    bench.round()  # connections, caches and plans
    with statements_counted(postgres, market.database.name) as statements:
        counted = bench.round()
    figures.figure("lives while counting", counted.rate, "a second")
    figures.figure("CPU of PostgreSQL while counting", counted.postgres_ms, "ms a life")
    figures.section("ms a life: planning + execution, times a life, text")
    for one in statements[:STATEMENTS_SHOWN]:
        figures.note(_a_life(one, sizes.lives))


def _a_life(one: StatementTime, lives: int) -> str:
    plan, run, times = one.plan_ms / lives, one.run_ms / lives, one.calls / lives
    return f"{plan:.3f} + {run:.3f}  x{times:.1f}  {one.text[:TEXT_SHOWN]}"


def begin(figures: Figures, market: Market, sizes: Sizes) -> None:
    """Print the conditions of the charging path."""
    figures.begin(
        PostgreSQL=market.one("SHOW server_version").split()[0],
        fsync=market.one("SHOW fsync"),
        synchronous_commit=market.one("SHOW synchronous_commit"),
        clients=len(market.callers),
        rates=market.one("SELECT count(*) FROM rate"),
        threads=sizes.threads,
        lives_a_round=sizes.lives,
    )


def show_cpu(figures: Figures, rounds: list[Round]) -> None:
    """Print the CPU of a life by process."""
    figures.figure("CPU of the agent", [one.agent_ms for one in rounds], "ms a life")
    figures.figure("CPU of PostgreSQL", [one.postgres_ms for one in rounds], "ms a life")
    figures.figure("CPU of both", [one.agent_ms + one.postgres_ms for one in rounds], "ms a life")
    figures.figure("CPU of the load itself", [one.load_ms for one in rounds], "ms a life")
    refused = sum(one.outcome.refused for one in rounds)
    if refused:
        figures.note(f"{refused} calls were refused: these figures are of another path.")
