"""CPU seconds of running processes, as the kernel counts them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def cpu_seconds(pid: int) -> float:
    """Return what a process and all its descendants have used, those that ended included."""
    own = sum(_times(pid))
    return own + sum(_times(child)[0] + _times(child)[1] for child in descendants(pid))


def descendants(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started, and those that they have."""
    for child in _children(pid):
        yield child
        yield from descendants(child)


def _children(pid: int) -> list[int]:
    try:
        tasks = list((PROC / str(pid) / "task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except FileNotFoundError:
        return []  # it has just ended


def _times(pid: int) -> tuple[float, float, float, float]:
    """User and system seconds of a process, and of its children that have ended."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except FileNotFoundError:
        return 0.0, 0.0, 0.0, 0.0
    # The name may hold blanks; it ends at the last parenthesis, and utime is the 14th field.
    fields = text[text.rindex(")") + 2 :].split()[11:15]
    user, system, child_user, child_system = (int(field) / TICKS for field in fields)
    return user, system, child_user, child_system
