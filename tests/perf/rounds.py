"""Rounds of complete lives, flat out or at a rate, with the CPU that each process used."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tests.perf import processes
from tests.perf.agent import RunningAgent
from tests.perf.bare import BareMarket
from tests.perf.figures import Figures, percentile
from tests.perf.lives import Load, Outcome
from tests.perf.market import Market
from tests.perf.sizes import Sizes

MILLISECONDS = 1_000


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

    market: Market | BareMarket
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


def begin(figures: Figures, bench: Bench) -> None:
    """Print the conditions of the charging path."""
    market, sizes = bench.market, bench.sizes
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
