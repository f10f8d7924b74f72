"""What a benchmark prints: its conditions, and each figure with its spread over the rounds."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

WIDTH = 52


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which so many percent of ``values`` lie; the nearest one that was measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def written(value: float) -> str:
    """Write a number with about three digits that count."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def with_spread(values: Sequence[float]) -> str:
    """Write the median of the rounds, and from where to where they went."""
    middle = written(statistics.median(values))
    if len(values) == 1:
        return middle
    return f"{middle:<8} ({written(min(values))} to {written(max(values))}, {len(values)} rounds)"


@dataclass(slots=True)
class Figures:
    """The sheet of one benchmark, printed as it grows."""

    title: str
    conditions: dict[str, object] = field(default_factory=dict)

    def begin(self, **conditions: object) -> None:
        """Print the title and what was measured under which conditions; underscores become spaces."""
        machine = {
            "cores": os.cpu_count(),
            "load": f"{os.getloadavg()[0]:.1f} before the start",
            "Python": platform.python_version(),
        }
        print(f"\n\n== {self.title}")
        print(
            "   "
            + " · ".join(
                f"{name.replace('_', ' ')} {value}" for name, value in (machine | conditions).items()
            )
        )

    def note(self, text: str) -> None:
        """Print a sentence."""
        print(f"   {text}")

    def section(self, text: str) -> None:
        """Print a heading."""
        print(f"\n   {text}")

    def figure(self, name: str, values: float | Iterable[float], unit: str = "") -> None:
        """Print one figure, of one or several rounds."""
        rounds = [values] if isinstance(values, int | float) else list(values)
        print(f"   {name:<{WIDTH}} {with_spread(rounds)} {unit}".rstrip())
