"""Running a program of this machine."""

from __future__ import annotations

import subprocess
from typing import IO

from cellhub.local.problem import Problem


def run(*command: str, stdin: IO[bytes] | None = None, seconds: float = 60.0) -> str:
    """Run ``command`` and return what it printed.

    Raises:
        Problem: it failed; the text is its last line.
    """
    done = subprocess.run(
        command, stdin=stdin or subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
    )
    if done.returncode:
        raise Problem(f"{' '.join(command[:3])}: {_last_line(done.stderr or done.stdout)}")
    return done.stdout.decode()


def succeeds(*command: str) -> bool:
    """Run ``command`` and say whether it liked it."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "failed and said nothing"
