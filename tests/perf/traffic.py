"""Many calls through a softswitch, placed by one sipp that keeps some of them up."""

from __future__ import annotations

import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cellhub.switch.sipp import CallOutcome, Phone, program, scenario, trace
from cellhub.switch.sipp.phone import row
from cellhub.switch.sipp.program import Workspace

AT_ONCE = "1000"
"""New calls a second as sipp would like it: what is up bounds it, so each begins when another ends."""
OK = 200


@dataclass(frozen=True, slots=True)
class Traffic:
    """What became of the calls, and the seconds from the first message to the last."""

    outcomes: tuple[CallOutcome, ...]
    asked: int
    seconds: float

    @property
    def completed(self) -> list[CallOutcome]:
        """The calls that were answered and hung up."""
        return [one for one in self.outcomes if one.code == OK and one.talk_seconds is not None]

    @property
    def failed(self) -> int:
        """How many of the calls asked for were not completed."""
        return self.asked - len(self.completed)

    @property
    def codes_of_failed(self) -> Counter[str]:
        """The final SIP codes of those that were placed and not completed."""
        return Counter(str(one.code) for one in self.outcomes if one not in self.completed)

    @property
    def rate(self) -> float:
        """Completed calls a second."""
        return len(self.completed) / self.seconds

    @property
    def rang_ms(self) -> list[float]:
        """Milliseconds from INVITE to the far end's ringing."""
        return [one.ring_ms for one in self.completed if one.ring_ms is not None]


@dataclass(frozen=True, slots=True)
class Dialler:
    """Phones that call in turn, ``up`` calls at once, each talking for ``talk_seconds``."""

    phones: Sequence[Phone]
    up: int
    talk_seconds: float
    patience: float = 300.0

    def place(self, number: str, count: int) -> Traffic:
        """Place so many calls."""
        with tempfile.TemporaryDirectory(prefix="cellhub-perf-") as folder:
            workspace = Workspace(Path(folder))
            text = scenario.call(
                digest=True, talk_ms=round(self.talk_seconds * 1000), cancel_ms=None, media=""
            )
            workspace.write(text, [row(phone, number) for phone in self.phones])
            self._run(workspace, count)
            messages = workspace.messages()
        moments = [message.at for message in messages]
        outcomes = tuple(trace.outcome(call) for call in trace.by_call(messages))
        return Traffic(outcomes, count, max(moments) - min(moments))

    def _run(self, workspace: Workspace, count: int) -> None:
        switch = self.phones[0]
        ports = (program.free_port(switch.local_host), program.free_media_port(switch.local_host))
        argv = [
            *program.arguments(workspace, switch.local_host, *ports),
            *("-inf", str(workspace.fields), "-m", str(count), "-r", AT_ONCE, "-l", str(self.up)),
            f"{switch.host}:{switch.port}",
        ]
        process = program.start(argv, workspace)
        try:
            process.wait(self.patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
