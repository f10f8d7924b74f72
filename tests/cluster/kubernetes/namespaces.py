"""The one process that holds a cluster: first of its own process, mount and network namespaces.

When it ends, however it ends, the kernel ends every process of the cluster and takes its mounts,
bridges and packet rules away.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tests.cluster.kubernetes.plan import Plan
from tests.cluster.kubernetes.waiting import until

ENTER = Path(__file__).with_name("enter.sh")
UNSHARE = ("unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--propagation", "private")
TOOLS = ("unshare", "nsenter", "setpriv", "ip", "mount")
END_SECONDS = 30.0


def not_allowed() -> str | None:
    """Say why this machine lets us have no such process, whatever is installed, or nothing."""
    if sys.platform != "linux":
        return "needs Linux"
    return None if os.geteuid() == 0 else "needs root, for namespaces of its own"


def why_not() -> str | None:
    """Say why this machine cannot have such a process, or nothing."""
    if reason := not_allowed():
        return reason
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"needs {', '.join(missing)}: apt-get install util-linux iproute2" if missing else None


def start(plan: Plan, manager: list[str], *, stays: bool) -> subprocess.Popen[bytes]:
    """Start ``manager`` as the first process, and return the one that holds it.

    Unless it ``stays`` it ends with us, even if we are killed.
    """
    ends_with_us = [] if stays else ["setpriv", "--pdeathsig", "KILL"]
    with (plan.logs / "manager.out").open("wb") as output:
        holder = subprocess.Popen(
            [*ends_with_us, *UNSHARE, "sh", str(ENTER), str(plan.home), *manager],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _holder_file(plan).write_text(str(holder.pid))
    return holder


def first_process(plan: Plan) -> int | None:
    """Return the id of the first process, as this machine counts, while it lives."""
    holder = _holder(plan)
    if holder is None:
        return None
    children = Path(f"/proc/{holder}/task/{holder}/children")
    try:
        return next(map(int, children.read_text().split()), None)
    except (FileNotFoundError, ProcessLookupError):
        return None


def end(plan: Plan) -> None:
    """End the first process and so all others; return when they are gone."""
    holder, first = _holder(plan), first_process(plan)
    if first is not None:
        os.kill(first, signal.SIGKILL)
        until(lambda: not _lives(first), f"process {first} ends", END_SECONDS)
    if holder is not None:
        until(lambda: not _lives(holder), f"process {holder} ends", END_SECONDS)


def _holder(plan: Plan) -> int | None:
    """Return the process that started the first one; its number may be somebody else's by now."""
    file = _holder_file(plan)
    if not file.exists():
        return None
    holder = int(file.read_text())
    return holder if str(plan.home).encode() in _command_line(holder) else None


def _holder_file(plan: Plan) -> Path:
    return plan.home / "holder.pid"


def _command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _lives(process: int) -> bool:
    """Say whether a process is more than an entry that its parent has not yet read."""
    return bool(_command_line(process))
