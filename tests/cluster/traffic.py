"""Calls that go on all the time, one after the other on each of some lines.

A Service keeps to one pod for all calls from one address, and all phones here have one. So every
second line calls the last pod that takes calls by its own address, as phones of elsewhere would.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event

from cellhub.switch.sipp import CallOutcome, Phone, call
from tests.cluster.voice import NUMBER, OK, Office, is_ready

PAUSE = 0.5
LATE = 0.5
"""Seconds by which a phone may hang up late where all processors are busy."""

STEP = 0.7
"""Seconds by which lines differ, so that they do not all hang up at once."""


@dataclass
class Traffic:
    """The calls of an office, as those who place them see them."""

    office: Office
    seconds: float
    ended: Event = field(default_factory=Event)
    outcomes: list[tuple[float, CallOutcome]] = field(default_factory=list)

    def line(self, number: int) -> None:
        """Call until the end; the last call ends as all others do."""
        wanted = self.seconds + number * STEP
        while not self.ended.is_set():
            outcome = call(self._phone(number), NUMBER, wanted)
            self.outcomes.append((wanted, outcome))
            if outcome.code != OK:
                self.ended.wait(PAUSE)

    def _phone(self, number: int) -> Phone:
        ready = [pod["status"]["podIP"] for pod in self.office.pods() if is_ready(pod)]
        return replace(self.office.phone, host=ready[-1]) if number % 2 and ready else self.office.phone

    def answered(self) -> list[tuple[float, CallOutcome]]:
        """The calls that were answered, with the seconds that they were to last."""
        return [one for one in self.outcomes if one[1].code == OK]

    def dropped(self) -> list[tuple[float, CallOutcome]]:
        """Those that did not last as long."""
        return [
            (wanted, outcome)
            for wanted, outcome in self.answered()
            if outcome.talk_seconds is None or abs(outcome.talk_seconds - wanted) > LATE
        ]

    def refused(self) -> list[int | None]:
        """The codes of calls that were not let in."""
        return [outcome.code for _, outcome in self.outcomes if outcome.code != OK]


@contextmanager
def traffic(office: Office, lines: int, seconds: float) -> Iterator[Traffic]:
    """Calls on some lines for the block; after it all have ended by themselves."""
    one = Traffic(office, seconds)
    with ThreadPoolExecutor(lines) as pool:
        running = [pool.submit(one.line, number) for number in range(lines)]
        try:
            yield one
        finally:
            one.ended.set()
    for line in running:
        line.result()
