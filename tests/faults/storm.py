"""Calls at a steady pace, each to a number of its own, and faults that strike while they run."""

from __future__ import annotations

import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cellhub.switch.sipp import FarEnd, Phone, program, scenario, trace
from cellhub.switch.sipp.phone import row
from cellhub.switch.sipp.program import Workspace
from tests.fixtures.switch import Switch, wait_for

FIRST_NUMBER = 905_551_000_000
TALK_MS = 2000
HANG_SECONDS = 3.0
OK = 200


@dataclass(frozen=True, slots=True)
class Talk:
    """A call as the far end has it: epoch seconds; ``ended`` is None if nobody hung up there.

    ``answered`` is when it said so, ``joined`` when it heard that the softswitch knows.
    """

    number: str
    answered: float
    joined: float
    ended: float | None


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that struck: what, which part, and when, in epoch seconds."""

    what: str
    part: str
    at: float


@dataclass(slots=True)
class Storm:
    """A run: the calls that one sipp places at a pace, and the faults so far."""

    switch: Switch
    workspace: Workspace
    count: int
    process: subprocess.Popen[bytes]
    struck: list[Struck] = field(default_factory=list)

    def placed(self) -> int:
        """How many calls have begun."""
        return len(trace.by_call(self.workspace.messages()))

    def running(self) -> bool:
        """Whether calls still begin or go on."""
        return self.process.poll() is None

    def strike(self, fault: Callable[[Switch], Struck], after: int) -> None:
        """Do a fault once so many calls have begun, and wait until every part is up again."""
        wait_for(lambda: self.placed() >= after or not self.running(), f"{after} calls have begun", 900.0)
        self.struck.append(fault(self.switch))
        self.switch.wait_until_up()

    def finish(self, seconds: float) -> None:
        """Wait until the last call has ended."""
        self.process.wait(seconds)


@contextmanager
def storm(switch: Switch, phones: Sequence[Phone], count: int, pace: int) -> Iterator[Storm]:
    """Place so many calls, ``pace`` in a second, while the block runs."""
    with tempfile.TemporaryDirectory(prefix="cellhub-faults-") as folder:
        workspace = Workspace(Path(folder))
        text = scenario.call(digest=True, talk_ms=TALK_MS, cancel_ms=None, media="")
        numbers = (str(FIRST_NUMBER + place) for place in range(count))
        rows = [row(phones[place % len(phones)], number) for place, number in enumerate(numbers)]
        workspace.write(text, rows)
        process = program.start(_arguments(workspace, phones[0], count, pace), workspace)
        try:
            yield Storm(switch, workspace, count, process)
        finally:
            process.kill()
            process.wait()


def _arguments(workspace: Workspace, phone: Phone, count: int, pace: int) -> list[str]:
    ports = (program.free_port(phone.local_host), program.free_media_port(phone.local_host))
    return [
        *program.arguments(workspace, phone.local_host, *ports),
        *("-inf", str(workspace.fields), "-m", str(count), "-r", str(pace), "-l", str(count)),
        # whoever is left without an answer by a softswitch that died gives up
        *("-recv_timeout", "20000"),
        f"{phone.host}:{phone.port}",
    ]


def killed(part: str) -> Callable[[Switch], Struck]:
    """A fault: SIGKILL, after which the process manager starts the part again."""

    def fault(switch: Switch) -> Struck:
        pid = switch.pid(part)
        switch.kill(part)
        struck = Struck("killed", part, time.time())
        wait_for(lambda: switch.pid(part) not in {0, pid}, f"{part} was started again", 30.0)
        return struck

    return fault


def stopped(part: str) -> Callable[[Switch], Struck]:
    """A fault: SIGSTOP, and SIGCONT some seconds later."""

    def fault(switch: Switch) -> Struck:
        struck = Struck("stopped", part, time.time())
        switch.kill(part, signal.SIGSTOP)
        try:
            until = time.monotonic() + HANG_SECONDS
            wait_for(lambda: time.monotonic() > until, f"{part} hung long enough", HANG_SECONDS + 2)
        finally:
            with suppress(ProcessLookupError):
                switch.kill(part, signal.SIGCONT)
        return struck

    return fault


FAULTS = (
    killed("agent"),
    killed("asterisk"),
    killed("postgres"),
    killed("worker"),
    stopped("agent"),
    stopped("postgres"),
    stopped("worker"),
)


def plan(seed: int, count: int, faults: int) -> list[tuple[int, Callable[[Switch], Struck]]]:
    """Choose after how many calls which fault strikes: each kind at least once, as long as they last."""
    chance = random.Random(seed)
    kinds = [FAULTS[place % len(FAULTS)] for place in range(faults)]
    chance.shuffle(kinds)
    points = sorted(chance.sample(range(2, count * 9 // 10), faults))
    return list(zip(points, kinds, strict=True))


def talks(far: FarEnd) -> list[Talk]:
    """The calls that the far end answered, oldest first."""
    found = (_talk(call) for call in trace.by_call(far.workspace.messages()))
    return sorted((one for one in found if one), key=lambda one: one.answered)


def _talk(call: list[trace.Message]) -> Talk | None:
    number = call[0].first_line.removeprefix("INVITE sip:").partition("@")[0]
    answer = next((one.at for one in call if one.method == "INVITE" and one.code == OK), None)
    bye = next((one.at for one in call if one.first_line.startswith("BYE ")), None)
    joined = next((one.at for one in call if one.first_line.startswith("ACK ")), None)
    # Without it nobody heard the answer.
    return None if answer is None or joined is None else Talk(number, answer, joined, bye)
