"""A cluster that ends leaves nothing on this machine, whichever way it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.kubernetes import api, cgroups, cluster, network
from tests.cluster.kubernetes.plan import Plan, load
from tests.fixtures.switch import wait_for

ROOT = Path(__file__).resolve().parents[2]
OTHER = """
import sys
from tests.cluster.kubernetes.cluster import temporary

with temporary(print) as cluster:
    cluster.start_node()
    print(cluster.plan.home, flush=True)
    sys.stdin.read()
"""


def left_of(plan: Plan) -> dict[str, object]:
    """What of a cluster is on this machine."""
    found = {
        "folder": plan.home.exists(),
        "claim": plan.block in network.claimed(),
        "cable": network.is_connected(plan.block.link),
        "cgroups": plan.name in cgroups.names(),
        "mounts": str(plan.home) in Path("/proc/self/mounts").read_text(),
        "processes": list(processes_of(plan)),
    }
    return {what: value for what, value in found.items() if value}


def processes_of(plan: Plan):
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(plan.home).encode() in file.read_bytes():
                yield file.parent.name
        except (FileNotFoundError, ProcessLookupError):
            continue


@pytest.fixture
def other():
    """Another cluster, in a process of its own; it ends in order when it may read no more."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        yield process, load(Path(process.stdout.readline().strip()))


def test_one_that_ends_in_order_leaves_nothing(control_plane, other):
    process, plan = other
    assert left_of(plan).keys() == {"folder", "claim", "cable", "cgroups", "processes"}
    process.communicate()
    assert process.returncode == 0
    assert left_of(plan) == {}


def test_one_that_is_killed_leaves_nothing_to_run_and_the_rest_is_swept_up(control_plane, other):
    process, plan = other
    process.kill()
    process.wait()
    wait_for(lambda: left_of(plan).keys() == {"folder", "claim", "cgroups"}, "its processes are gone")
    cluster.sweep()
    assert left_of(plan) == {}
    assert api.is_ready(control_plane.plan)
    assert "claim" in left_of(control_plane.plan)
