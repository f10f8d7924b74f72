"""``cellhub``: one command, a sub command for each process and each task."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from cellhub.environment import SettingsError
from cellhub.local.problem import Problem

# Imported only when called: a machine that runs the portal lacks what the agent needs.
# Each module has configure(parser) and run(arguments) -> exit code.
COMMANDS = {
    "run": ("cellhub.cli.run", "start everything on this machine"),
    "stop": ("cellhub.cli.stop", "end what 'cellhub run' started"),
    "status": ("cellhub.cli.status", "show the state of each part"),
    "call": ("cellhub.cli.call", "place a call and print its bill"),
    "probe": ("cellhub.cli.probe", "check an installation in a cluster: its pages, or a call and its bill"),
    "explain": (
        "cellhub.cli.explain",
        "tell why a call was priced, carried or refused as it was, or would be",
    ),
    "review": ("cellhub.cli.review", "list the calls whose sources contradict each other, or settle one"),
    "rerate": ("cellhub.cli.rerate", "price the calls of some days again, and adjust what differs"),
    "thaw": ("cellhub.cli.thaw", "let an account call again that the brake on fraud has stopped"),
    "doctor": ("cellhub.cli.doctor", "prove that the ledger adds up and that no audit entry was changed"),
    "portal": ("cellhub.cli.portal", "serve the portal's pages"),
    "live": ("cellhub.cli.live", "serve live updates to the portal's pages"),
    "worker": ("cellhub.cli.worker", "do background jobs"),
    "scheduler": ("cellhub.cli.scheduler", "send periodic jobs to the workers"),
    "pooler": ("cellhub.cli.pooler", "become the pooler between Asterisk and the database"),
    "switch": ("cellhub.cli.switch", "become this machine's Asterisk"),
    "db": ("cellhub.cli.db", "the embedded PostgreSQL by itself: start, serve, url, upgrade"),
    "update": ("cellhub.cli.update", "bring a signed release to this machine, or show the last update"),
    "release": ("cellhub.cli.release", "sign the manifest of a release, or check one"),
    "backup": ("cellhub.cli.backup", "save the database of an installation in a cluster to a file"),
    "restore": ("cellhub.cli.restore", "bring the database of an installation in a cluster back from it"),
    "tables": ("cellhub.cli.tables", "make log-ins and tables of a database elsewhere, or wait for them"),
}

WRONG_INPUT = 2
NOBODY_READS = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one sub command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] not in COMMANDS:
        _overview().parse_args(words)
        return WRONG_INPUT
    module = import_module(COMMANDS[words[0]][0])
    parser = argparse.ArgumentParser(prog=f"cellhub {words[0]}", description=module.__doc__)
    module.configure(parser)
    return _run(module.run, parser.parse_args(words[1:]))


def _run(command: Callable[[argparse.Namespace], int], parsed: argparse.Namespace) -> int:
    try:
        return command(parsed)
    except (Problem, SettingsError) as problem:
        print(f"cellhub: {problem}", file=sys.stderr)
        return WRONG_INPUT
    except BrokenPipeError:
        # As in 'cellhub call | head -1'. What Python still holds for the pipe must not fail at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS


def _overview() -> argparse.ArgumentParser:
    """Describe all sub commands without importing any."""
    parser = argparse.ArgumentParser(prog="cellhub", description="VoIP billing platform and softswitch.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (_, purpose) in COMMANDS.items():
        commands.add_parser(name, help=purpose, add_help=False)
    return parser
