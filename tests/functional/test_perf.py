"""The benchmark of the charging path still runs; how fast it was is nobody's verdict."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCH = [
    *("-q", "-s", "-p", "no:randomly", "-p", "no:cacheprovider", "--smoke"),
    *("-o", "python_files=bench_*.py", "-o", "python_functions=bench_lives", "tests/perf/bench_charging.py"),
]
FIGURE = re.compile(r"^   (?P<name>\S.*?) {2,}[\d.,]+ (?P<unit>\S.*)$", re.MULTILINE)
OF_A_ROUND = {
    ("lives", "a second"),
    ("verdict p50", "ms"),
    ("verdict p99", "ms"),
    ("CPU of the agent", "ms a life"),
    ("CPU of PostgreSQL", "ms a life"),
    ("CPU of both", "ms a life"),
    ("CPU of the load itself", "ms a life"),
}


def test_the_smoke_form_of_the_charging_benchmark_prints_all_its_figures() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *BENCH], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(FIGURE.findall(done.stdout)) == OF_A_ROUND
    assert "calls were refused" not in done.stdout
