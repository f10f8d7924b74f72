"""Calls at a steady pace, each to a number of its own, while faults strike."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cellhub.switch.sipp import FarEnd, Phone, program, scenario, trace
from cellhub.switch.sipp.phone import row
from cellhub.switch.sipp.program import Workspace
from tests.faults.striking import Fault, Struck
from tests.fixtures.switch import Switch, wait_for

FIRST_NUMBER = 905_551_000_000
CROWDS_APART = 100_000
OK = 200


@dataclass(frozen=True, slots=True)
class Crowd:
    """Phones that place so many calls in turn, ``pace`` in a second, and talk so long if they may."""

    phones: Sequence[Phone]
    count: int
    pace: float
    talk_seconds: float


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
class Calling:
    """The sipp that places a crowd's calls."""

    workspace: Workspace
    process: subprocess.Popen[bytes]

    def calls(self) -> list[list[trace.Message]]:
        """What was said in each call so far."""
        return trace.by_call(self.workspace.messages())


@dataclass(slots=True)
class Storm:
    """A run: those who call, and the faults so far."""

    switch: Switch
    callings: Sequence[Calling]
    struck: list[Struck] = field(default_factory=list)

    def placed(self) -> int:
        """How many calls of the first crowd have begun."""
        return len(self.callings[0].calls())

    def running(self) -> bool:
        """Whether calls of the first crowd still begin or go on."""
        return self.callings[0].process.poll() is None

    def talking(self) -> bool:
        """Whether somebody talks."""
        return any(map(_talks_on, (call for one in self.callings for call in one.calls())))

    def strike(self, fault: Fault, after: int) -> None:
        """Do a fault once so many calls have begun and somebody talks; wait until every part is up again."""
        wait_for(lambda: self.placed() >= after or not self.running(), f"{after} calls have begun", 900.0)
        wait_for(lambda: self.talking() or not self.running(), "somebody talks", 30.0)
        self.struck.append(fault(self.switch))
        self.switch.wait_until_up()

    def finish(self, seconds: float) -> None:
        """Wait until the last call has ended."""
        for calling in self.callings:
            calling.process.wait(seconds)


@contextmanager
def storm(switch: Switch, *crowds: Crowd) -> Iterator[Storm]:
    """Have crowds place their calls while the block runs."""
    with ExitStack() as stack:
        numbers = (FIRST_NUMBER + place * CROWDS_APART for place in range(len(crowds)))
        yield Storm(
            switch,
            [
                stack.enter_context(_calling(crowd, first))
                for crowd, first in zip(crowds, numbers, strict=True)
            ],
        )


@contextmanager
def _calling(crowd: Crowd, first_number: int) -> Iterator[Calling]:
    with tempfile.TemporaryDirectory(prefix="cellhub-faults-") as folder:
        workspace = Workspace(Path(folder))
        talk_ms = round(crowd.talk_seconds * 1000)
        text = scenario.call(digest=True, talk_ms=talk_ms, cancel_ms=None, media="")
        numbers = (str(first_number + place) for place in range(crowd.count))
        phones = crowd.phones
        rows = [row(phones[place % len(phones)], number) for place, number in enumerate(numbers)]
        workspace.write(text, rows)
        process = program.start(_arguments(workspace, crowd), workspace)
        try:
            yield Calling(workspace, process)
        finally:
            process.kill()
            process.wait()


def _arguments(workspace: Workspace, crowd: Crowd) -> list[str]:
    phone, every = crowd.phones[0], round(1000 / crowd.pace)
    ports = (program.free_port(phone.local_host), program.free_media_port(phone.local_host))
    return [
        *program.arguments(workspace, phone.local_host, *ports),
        *("-inf", str(workspace.fields), "-m", str(crowd.count), "-l", str(crowd.count)),
        *("-r", "1", "-rp", str(every)),
        # whoever is left without an answer by a softswitch that died gives up
        *("-recv_timeout", "20000"),
        f"{phone.host}:{phone.port}",
    ]


def _talks_on(call: list[trace.Message]) -> bool:
    return _answered_at(call) is not None and not any(one.method == "BYE" for one in call)


def talks(far: FarEnd) -> list[Talk]:
    """The calls that the far end answered, oldest first."""
    found = (_talk(call) for call in trace.by_call(far.workspace.messages()))
    return sorted((one for one in found if one), key=lambda one: one.answered)


def _talk(call: list[trace.Message]) -> Talk | None:
    number = call[0].first_line.removeprefix("INVITE sip:").partition("@")[0]
    answer = _answered_at(call)
    bye = next((one.at for one in call if one.first_line.startswith("BYE ")), None)
    joined = next((one.at for one in call if one.first_line.startswith("ACK ")), None)
    # Without it nobody heard the answer.
    return None if answer is None or joined is None else Talk(number, answer, joined, bye)


def _answered_at(call: list[trace.Message]) -> float | None:
    return next((one.at for one in call if one.method == "INVITE" and one.code == OK), None)
