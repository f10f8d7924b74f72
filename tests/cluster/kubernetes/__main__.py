"""``make cluster``, ``make cluster-down``, and the first part of ``make test-cluster``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cellhub.local.problem import Problem
from tests.cluster.kubernetes import binary, cluster, namespaces

HOME = Path("var/cluster")


def main() -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="cluster", description="A whole Kubernetes on this machine.")
    parser.add_argument("command", choices=COMMANDS)
    try:
        COMMANDS[parser.parse_args().command]()
    except Problem as problem:
        print(f"cluster: {problem}", file=sys.stderr)
        return 1
    return 0


def out_of_reach() -> None:
    """Print what is missing that no package of Debian brings: root, Go, its modules; or nothing."""
    print(namespaces.not_allowed() or binary.out_of_reach() or "", flush=True)


def build() -> None:
    """Build what the cluster is made of, where that is possible; where it is not, the tests say so."""
    if cluster.why_not() is None:
        for program in binary.ALL:
            program.build(say)


def up() -> cluster.Cluster:
    """Start the cluster that stays, unless it runs, and say how to reach it."""
    here = cluster.found(HOME)
    if here is not None and not here.runs():
        here.remove()  # this machine was switched off meanwhile
        here = None
    if here is None:
        here = cluster.create(HOME, say, stays=True)
        here.start_control_plane()
        here.start_node()
    say(f"Kubernetes {binary.KUBERNETES.version} runs")
    say(f"    export KUBECONFIG={here.kubeconfig}")
    say(f"    alias kubectl='{here.plan.binary} kubectl'")
    return here


def down() -> None:
    """End the cluster that stays, and remove what others left that were killed."""
    here = cluster.found(HOME)
    if here is not None:
        here.remove()
    cluster.sweep()
    say("nothing of it is left")


def say(sentence: str) -> None:
    """Print a line of ours."""
    print(f"cluster: {sentence}", flush=True)


COMMANDS = {"out-of-reach": out_of_reach, "build": build, "up": up, "down": down}

if __name__ == "__main__":
    sys.exit(main())
