"""Where the agent's time goes: samples of its stacks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PY_SPY = "py-spy"
SAMPLES_A_SECOND = 200


@dataclass(slots=True)
class Samples:
    """Stacks of the agent's threads that used the CPU, innermost last, with how often each was seen."""

    stacks: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def share(self, names: tuple[str, ...]) -> dict[str, float]:
        """Give each sample to the outermost frame that has one of ``names``; percent of all."""
        found: Counter[str] = Counter()
        for stack, count in self.stacks.items():
            found[next((name for frame in stack for name in names if name in frame), "the rest")] += count
        total = sum(found.values()) or 1
        return {name: 100 * count / total for name, count in found.most_common()}

    def innermost(self, count: int) -> list[tuple[str, float]]:
        """The functions that samples were seen in most often; percent of all."""
        found: Counter[str] = Counter()
        for stack, times in self.stacks.items():
            found[stack[-1]] += times
        total = sum(found.values()) or 1
        return [(name, 100 * times / total) for name, times in found.most_common(count)]


@contextmanager
def stacks_sampled(pid: int, folder: Path) -> Iterator[Samples]:
    """Sample the stacks of a Python process for the length of the block, if py-spy is there."""
    samples = Samples()
    program = shutil.which(PY_SPY, path=Path(sys.executable).parent)
    if program is None:
        yield samples
        return
    output = folder / "stacks.txt"
    rate = str(SAMPLES_A_SECOND)
    command = [program, "record", "--pid", str(pid), "--gil", "--format", "raw", "--rate", rate]
    recorder = subprocess.Popen(
        [*command, "--duration", "3600", "--output", str(output)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield samples
    finally:
        recorder.send_signal(2)
        recorder.wait(30)
    for line in output.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        samples.stacks[tuple(stack.split(";"))] += int(count)
