"""How long Asterisk and the far ends were ready to run and got no processor, as the kernel counts it.

Neither can be on time then, whatever CellHub does: Asterisk sends its BYE, and sipp reads it,
later than the end was noted.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_left, bisect_right
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

from tests.fixtures.family import PROCESSES, family

PROGRAMS = {"asterisk", "sipp"}
EVERY = 0.05
LOOK_EVERY = 0.5
NANOSECONDS = 1_000_000_000


class Waits:
    """Watches the softswitches and far ends among our own processes while the block runs."""

    def __init__(self) -> None:
        self._moments: list[float] = []
        self._totals: list[float] = []
        self._seen: dict[Path, int] = {}
        self._over = Event()
        self._thread = Thread(target=self._watch, name="waits", daemon=True)

    def __enter__(self) -> Waits:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def between(self, begin: float, end: float) -> float:
        """The seconds that their threads have waited between two moments, in epoch seconds."""
        if not self._moments:
            return 0.0
        first = max(bisect_right(self._moments, begin) - 1, 0)
        last = min(bisect_left(self._moments, end), len(self._moments) - 1)
        return self._totals[last] - self._totals[first]

    def _watch(self) -> None:
        folders: list[Path] = []
        look_on, total = 0.0, 0.0
        while not self._over.wait(EVERY):
            if time.monotonic() >= look_on:
                folders, look_on = _watched(), time.monotonic() + LOOK_EVERY
            total += self._more(folders)
            self._moments.append(time.time())
            self._totals.append(total)

    def _more(self, folders: list[Path]) -> float:
        now = {}
        for folder in folders:
            with suppress(OSError):
                for thread in os.scandir(folder / "task"):
                    with suppress(OSError, IndexError):
                        path = Path(thread.path)
                        now[path] = int((path / "schedstat").read_text().split()[1])
        more = sum(waited - self._seen.get(path, 0) for path, waited in now.items())
        self._seen = now
        return max(more, 0) / NANOSECONDS


def _watched() -> list[Path]:
    folders = (PROCESSES / str(pid) for pid in family(os.getpid()))
    return [folder for folder in folders if _name(folder) in PROGRAMS]


def _name(folder: Path) -> str:
    try:
        return (folder / "comm").read_text().strip()
    except OSError:
        return ""
