"""Faults that strike a running machine: parts that are killed, and parts that hang."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.fixtures.family import alive, family, signal_all
from tests.fixtures.switch import Switch, wait_for

HANG_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that struck: what, which part, and when, in epoch seconds."""

    what: str
    part: str
    at: float


Fault = Callable[[Switch], Struck]


def killed(part: str) -> Fault:
    """A fault: SIGKILL, after which nothing of it is left and the process manager starts it again."""

    def fault(switch: Switch) -> Struck:
        pid = switch.pid(part)
        processes = family(pid)
        signal_all([pid], signal.SIGKILL)
        struck = Struck("killed", part, time.time())
        wait_for(lambda: not alive(processes), f"no process of the killed {part} is left", 30.0)
        wait_for(lambda: switch.pid(part) not in {0, pid}, f"{part} was started again", 30.0)
        return struck

    return fault


def stopped(part: str) -> Fault:
    """A fault: SIGSTOP to all its processes, and SIGCONT some seconds later."""

    def fault(switch: Switch) -> Struck:
        with switch.standing_still(part):
            struck = Struck("stopped", part, time.time())
            until = time.monotonic() + HANG_SECONDS
            wait_for(lambda: time.monotonic() > until, f"{part} hung long enough", HANG_SECONDS + 2)
        return struck

    return fault


FAULTS = (
    killed("agent"),
    killed("asterisk"),
    killed("postgres"),
    killed("worker"),
    stopped("agent"),
    stopped("asterisk"),
    stopped("postgres"),
    stopped("worker"),
)


def plan(seed: int, count: int, faults: int) -> list[tuple[int, Fault]]:
    """Choose after how many calls which fault strikes: each kind at least once, as long as they last."""
    chance = random.Random(seed)
    kinds = [FAULTS[place % len(FAULTS)] for place in range(faults)]
    chance.shuffle(kinds)
    points = sorted(chance.sample(range(2, count * 9 // 10), faults))
    return list(zip(points, kinds, strict=True))
