"""How much a benchmark measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of all benchmarks.

    ``lives`` is what one round of the charging path lives through, on ``threads`` threads
    that keep ``up`` calls up each.
    """

    rounds: int = 3
    lives: int = 2_000
    clients: int = 200
    threads: int = 16
    up: int = 5
    rates: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    cdrs: int = 1_000_000
    pages: int = 100
    calls_a_second: tuple[int, ...] = tuple(range(50, 501, 25))
    step_seconds: float = 8.0


FULL = Sizes()
SMOKE = Sizes(
    rounds=1,
    lives=40,
    clients=4,
    threads=4,
    up=1,
    rates=(10, 100),
    cdrs=1_000,
    pages=3,
    calls_a_second=(5, 10),
    step_seconds=1.0,
)
