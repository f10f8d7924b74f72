"""The call that the first start places, so that nobody meets an empty page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from cellhub.local.installation import Installation

MARK = "first-call"


def due(installation: Installation) -> bool:
    """Say whether no first call has succeeded yet."""
    return not (installation.home / MARK).exists()


def place(installation: Installation, say: Callable[[str], None]) -> None:
    """Run ``cellhub call``, which prints its bill; a failed one is tried again at the next start."""
    say("\nPlacing the first call, as 'make call' does:\n")
    program = str(Path(sys.executable).with_name("cellhub"))
    variables = os.environ | {"CELLHUB_HOME": str(installation.home)}
    if subprocess.run([program, "call"], env=variables, check=False).returncode == 0:
        (installation.home / MARK).touch()
    else:
        say("The first call failed; everything else runs. Try again: make call")
