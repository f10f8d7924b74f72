"""Calls through the real Asterisk with sipp on both sides, with billing and without, in one run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from cellhub.switch.sipp import far_end
from tests.calls.conftest import NUMBER, Subscribe
from tests.fixtures.installation import free_ports
from tests.fixtures.switch import Switch
from tests.perf import processes
from tests.perf.figures import Figures, percentile
from tests.perf.plainplan import EVIDENCE, PlainPlan
from tests.perf.protocol import yes_sayer
from tests.perf.sizes import Sizes
from tests.perf.traffic import Dialler, Traffic

CREDIT = "1000"
# Rung for less, an answer under load may overtake the ringing: Asterisk then sends a second INVITE,
# which phones take and sipp does not.
RING_SECONDS, TALK_SECONDS = 0.05, 0.05
SETTLED_SECONDS = 120.0
PARTS = {"agent": "the agent", "postgres": "PostgreSQL", "asterisk": "Asterisk"}
# Of the same length as a number that is charged; an extension comes before a pattern.
PLAIN_NUMBER, EVIDENCE_NUMBER, ASKING_NUMBER = "700000000000", "700000000001", "700000000002"
RUNGS = {
    "without: the same Asterisk, phones and trunk, and a dialplan of one Dial": PLAIN_NUMBER,
    "one Dial, whose legs leave their evidence": EVIDENCE_NUMBER,
    "the same, and an agent is asked before and told after, which only says yes": ASKING_NUMBER,
    "with billing": NUMBER,
}
DEMO_TRUNK = "demo-far-end"
MILLISECONDS = 1_000

pytestmark = pytest.mark.calls


@dataclass(frozen=True, slots=True)
class Round:
    """One round of calls, and the CPU milliseconds a call of each process, settlement included."""

    traffic: Traffic
    cpu_ms: dict[str, float]

    @property
    def cpu_of_all_ms(self) -> float:
        """What a call costs the machine, sipp left out."""
        return sum(self.cpu_ms.values())


@dataclass(frozen=True, slots=True)
class Bench:
    """The softswitch, and who calls through it."""

    switch: Switch
    dialler: Dialler
    calls: int

    def round(self, number: str) -> Round:
        """Place one round of calls and wait until all are settled."""
        before = self._cpu()
        traffic = self.dialler.place(number, self.calls)
        self.switch.wait_until_idle(SETTLED_SECONDS)
        after = self._cpu()
        return Round(traffic, {name: (after[name] - before[name]) / self.calls for name in PARTS})

    def _cpu(self) -> dict[str, float]:
        return {name: processes.cpu_seconds(self.switch.pid(name)) * MILLISECONDS for name in PARTS}


@pytest.fixture
def bench(switch: Switch, subscribe: Subscribe, sizes: Sizes) -> Iterator[Bench]:
    """Phones on this side, and a far end that answers at the demo's trunk."""
    phones = [subscribe(CREDIT).phone for _ in range(sizes.phones)]
    [port] = free_ports(1)
    rendered = (switch.machine.installation.switch_config / "extensions.conf").read_text()
    plan = PlainPlan(switch.ask, f"PJSIP/{NUMBER}@trunk-{DEMO_TRUNK}", rendered)
    plan.only_dials(PLAIN_NUMBER)
    plan.leaves_evidence(EVIDENCE_NUMBER)
    plan.asks_an_agent(ASKING_NUMBER, port)
    with far_end(switch.settings.far_end_port, ring_seconds=RING_SECONDS), yes_sayer(port):
        yield Bench(switch, Dialler(phones, sizes.calls_up, TALK_SECONDS), sizes.calls)


def bench_calls(figures: Figures, sizes: Sizes, bench: Bench) -> None:
    """Calls through Asterisk, with billing and without."""
    figures.begin(
        Asterisk=bench.switch.ask("core show version").split()[1],
        phones=sizes.phones,
        calls_up=sizes.calls_up,
        calls_a_round=sizes.calls,
        ring=f"{RING_SECONDS:g} s",
        talk=f"{TALK_SECONDS:g} s",
    )
    for number in RUNGS.values():
        bench.dialler.place(number, sizes.calls_up)  # connections, caches and plans
    turns = [{title: bench.round(number) for title, number in RUNGS.items()} for _ in range(sizes.rounds)]
    for title in RUNGS:
        _show(figures, title, [turn[title] for turn in turns])
    figures.note(f"lines of evidence that no agent read: {_evidence(bench.switch)}, two a call of two kinds")
    plain, *_, billed = RUNGS
    figures.section("with billing, of without")
    pairs = [(turn[billed], turn[plain]) for turn in turns]
    figures.figure("calls a second", [100 * a.traffic.rate / b.traffic.rate for a, b in pairs], "%")
    figures.figure("CPU a call", [a.cpu_of_all_ms / b.cpu_of_all_ms for a, b in pairs], "times")


def _evidence(switch: Switch) -> int:
    files = switch.machine.installation.switch_spool.glob(EVIDENCE)
    return sum(len(file.read_text().splitlines()) for file in files)


def _show(figures: Figures, title: str, rounds: list[Round]) -> None:
    figures.section(title)
    figures.figure("calls", [one.traffic.rate for one in rounds], "a second")
    for percent in (50, 99):
        rang = [percentile(one.traffic.rang_ms, percent) for one in rounds]
        figures.figure(f"rang after, p{percent}", rang, "ms")
    for part, name in PARTS.items():
        figures.figure(f"CPU of {name}", [one.cpu_ms[part] for one in rounds], "ms a call")
    figures.figure("CPU of all three", [one.cpu_of_all_ms for one in rounds], "ms a call")
    figures.figure("failed", [one.traffic.failed for one in rounds], f"of {rounds[0].traffic.asked}")
    codes = sum((one.traffic.codes_of_failed for one in rounds), Counter[str]())
    if codes:
        told = ", ".join(f"{code} x{times}" for code, times in codes.most_common())
        figures.note(f"the last answer to the INVITE of those that failed: {told}")
