"""Calls that go on all the time, one after the other on each of some lines.

A Service keeps to one pod for all calls from one address, and all phones here have one. So every
second line calls the last pod that takes calls by its own address, as phones of elsewhere would.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event, Lock

from cellhub.switch.sipp import CallOutcome, Phone, call
from tests.cluster.voice import NUMBER, OK, Office, is_ready

PAUSE = 0.5
LATE = 0.5
"""Seconds by which a phone may hang up late where all processors are busy."""

STEP = 0.3
"""Seconds by which lines differ, so that they do not all hang up at once."""

APART = 0.2
"""Seconds by which lines begin one after the other, as people do."""

REMEMBERED = 30.0
"""Seconds for which a node knows to which pod of a Service the packets of a silent phone went.

These phones send all to the Service. Had it another pod by then, that one would get their BYE.
"""

LOOK = 1.0
"""Seconds for which it is believed which pods take calls: many lines ask."""


@dataclass
class Traffic:
    """The calls of an office, as those who place them see them."""

    office: Office
    seconds: float
    ended: Event = field(default_factory=Event)
    outcomes: list[tuple[float, CallOutcome]] = field(default_factory=list)
    spans: list[tuple[float, float]] = field(default_factory=list)
    _looking: Lock = field(default_factory=Lock)
    _last_pod: str = ""
    _seen_on: float = 0.0

    def line(self, number: int) -> None:
        """Call until the end; the last call ends as all others do."""
        wanted = self.seconds + number * STEP
        self.ended.wait(number * APART)
        while not self.ended.is_set():
            outcome = call(self._phone(number), NUMBER, wanted)
            self.outcomes.append((wanted, outcome))
            self._note_span(outcome)
            if outcome.code != OK:
                self.ended.wait(PAUSE)

    def _phone(self, number: int) -> Phone:
        pod = self._last() if number % 2 else ""
        return replace(self.office.phone, host=pod) if pod else self.office.phone

    def _last(self) -> str:
        """The address of the last pod that takes calls; empty if none does."""
        with self._looking:
            if time.monotonic() > self._seen_on + LOOK:
                ready = [pod["status"]["podIP"] for pod in self.office.pods() if is_ready(pod)]
                self._last_pod, self._seen_on = ready[-1] if ready else "", time.monotonic()
            return self._last_pod

    def _note_span(self, outcome: CallOutcome) -> None:
        if outcome.talk_seconds is not None:
            ended = time.monotonic()
            self.spans.append((ended - outcome.talk_seconds, ended))

    def most(self) -> int:
        """How many calls there were at most at a time."""
        began = [start for start, _ in self.spans]
        return max((sum(a <= moment < b for a, b in self.spans) for moment in began), default=0)

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
    assert seconds + lines * STEP < REMEMBERED
    one = Traffic(office, seconds)
    with ThreadPoolExecutor(lines) as pool:
        running = [pool.submit(one.line, number) for number in range(lines)]
        try:
            yield one
        finally:
            one.ended.set()
    for line in running:
        line.result()
