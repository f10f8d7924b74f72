"""Complete lives of calls over the agent's own protocols, as Asterisk would speak them.

A life is a check over FastAGI, a line of the answer and a line of the end in the legs'
file, and the report of the hang-up over FastAGI. Each thread keeps some calls up: it
begins one, then ends the oldest.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 10.0
TRUNK = "bench"
ENVIRONMENT = """agi_network: yes
agi_network_script: {script}
agi_request: agi://127.0.0.1:{port}/{script}
agi_channel: {channel}
agi_language: en
agi_type: PJSIP
agi_uniqueid: pod-1-1795384886.{serial}
agi_version: 22.10.1~dfsg-1
agi_callerid: 902125550100
agi_calleridname: Bench
agi_callingpres: 0
agi_callingani2: 0
agi_callington: 0
agi_callingtns: 0
agi_dnid: {number}
agi_rdnis: unknown
agi_context: billing
agi_extension: {number}
agi_priority: 12
agi_enhanced: 0.0
agi_accountcode:
agi_threadid: 140245678901234
{arguments}

"""


@dataclass(frozen=True, slots=True)
class Caller:
    """A SIP user and what it dials."""

    username: str
    number: str


@dataclass(slots=True)
class Outcome:
    """What a run has measured: verdict times in seconds, refusals, and the seconds until all was settled."""

    verdicts: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Switch:
    """The Asterisk side: where the agent listens, and the folder of the legs' files."""

    port: int
    legs: Path

    def ask(self, script: str, caller: Caller, serial: int, arguments: Sequence[str]) -> bytes:
        """Send one AGI request as Asterisk does and return the agent's commands."""
        text = ENVIRONMENT.format(
            script=script,
            port=self.port,
            channel=f"PJSIP/{caller.username}-{serial:08x}",
            serial=serial,
            number=caller.number,
            arguments="\n".join(f"agi_arg_{n}: {value}" for n, value in enumerate(arguments, start=1)),
        )
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as agent:
            agent.sendall(text.encode())
            commands = b"".join(iter(lambda: agent.recv(65536), b""))
            if commands:
                agent.sendall(b"200 result=1\n" * commands.count(b"\n"))
        return commands

    def write(self, line: str) -> None:
        """Append one line of evidence: opened and closed each time, as Asterisk does it."""
        path = self.legs / f"legs-{dt.datetime.now(dt.UTC):%Y%m%d%H}.log"
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        os.write(handle, f"{line}\n".encode())
        os.close(handle)


@dataclass(frozen=True, slots=True)
class Life:
    """One call that is up."""

    switch: Switch
    caller: Caller
    call_id: str
    serial: int
    started: float
    answered: float

    def end(self) -> None:
        """Hang up: the callee's leg writes its line, then the caller's channel reports."""
        now = time.time()
        self.switch.write(
            f"E {self._leg} {self.answered:.6f} {self.started:.6f} {max(now, self.answered + 0.001):.6f} "
            "16 - 200"
        )
        arguments = [self.call_id, "ANSWER", "16", "200", "1"]
        self.switch.ask("hangup", self.caller, self.serial, arguments)

    def answer(self) -> None:
        """Answer: the callee's leg writes its line."""
        self.switch.write(f"A {self._leg} {self.answered:.6f}")

    @property
    def _leg(self) -> str:
        caller = f"PJSIP/{self.caller.username}-{self.serial:08x}"
        return f"{self.call_id} 1 {TRUNK} {caller} PJSIP/trunk-{TRUNK}-{self.serial:08x}"


class Load:
    """Places calls on ``threads`` threads, each of which keeps ``up`` calls up."""

    def __init__(self, switch: Switch, callers: Sequence[Caller], *, threads: int, up: int) -> None:
        self._switch = switch
        self._callers = callers
        self._threads = threads
        self._up = up
        self._serials = itertools.count(1)
        self._lock = threading.Lock()

    def flat_out(self, lives: int, settled: Callable[[], bool]) -> Outcome:
        """Live so many lives as fast as it goes, and wait until the last one is settled."""
        return self._run(lives, None, settled)

    def at_rate(self, lives: int, rate: float, settled: Callable[[], bool]) -> Outcome:
        """Begin so many lives at ``rate`` a second.

        A verdict's time counts from when its call was due, so that a stall is not hidden
        by the calls that it kept from being made.
        """
        return self._run(lives, rate, settled)

    def _run(self, lives: int, rate: float | None, settled: Callable[[], bool]) -> Outcome:
        outcome = Outcome()
        began = time.perf_counter()
        due = itertools.count()
        with ThreadPoolExecutor(self._threads) as pool:
            work = [pool.submit(self._work, outcome, lives, due, rate, began) for _ in range(self._threads)]
            for one in work:
                one.result()
        while not settled():
            time.sleep(0.01)
        outcome.seconds = time.perf_counter() - began
        return outcome

    def _work(
        self, outcome: Outcome, lives: int, due: itertools.count[int], rate: float | None, began: float
    ) -> None:
        running: deque[Life] = deque()
        while (place := next(due)) < lives:
            moment = time.perf_counter() if rate is None else began + place / rate
            time.sleep(max(0.0, moment - time.perf_counter()))
            life = self._begin(outcome, place, moment)
            if life is not None:
                running.append(life)
            if len(running) > self._up:
                running.popleft().end()
        for life in running:
            life.end()

    def _begin(self, outcome: Outcome, place: int, moment: float) -> Life | None:
        caller = self._callers[place % len(self._callers)]
        call_id, serial, started = uuid.uuid4().hex, next(self._serials), time.time()
        answer = self._switch.ask("check", caller, serial, [call_id, caller.number, caller.username])
        took = time.perf_counter() - moment
        granted = f'"ok {call_id}"'.encode() in answer
        with self._lock:
            outcome.verdicts.append(took)
            outcome.refused += not granted
        if not granted:
            return None
        life = Life(self._switch, caller, call_id, serial, started, time.time())
        life.answer()
        return life
