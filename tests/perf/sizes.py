"""How much a benchmark measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of all benchmarks.

    ``lives`` is what one round of the charging path lives through, on ``threads`` threads
    that keep ``up`` calls up each; ``calls`` is what a round places through Asterisk,
    ``calls_up`` of them at once (each needs four of the 200 RTP ports of the tests).
    """

    rounds: int = 3
    lives: int = 2_000
    clients: int = 200
    threads: int = 16
    up: int = 5
    rates: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    cdrs: int = 1_000_000
    pages: int = 100
    phones: int = 20
    calls: int = 1_000
    calls_up: int = 32


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
    phones=2,
    calls=20,
    calls_up=4,
)
