"""Bring the whole database of an installation in a cluster back from a file of ``cellhub backup``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cellhub.cli.tables import TablesSettings
from cellhub.db.elsewhere import DatabaseProblem
from cellhub.db.restoring import NotRestored, restore
from cellhub.environment import read
from cellhub.local.placement import wheel_programs
from cellhub.local.problem import Problem

SECONDS = 30.0
"""How long to wait for a server that does not answer."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the file."""
    parser.add_argument("file", type=Path, help="what to bring back; - reads it from standard input")
    parser.add_argument("--replace", action="store_true", help="lose the tenants that there are")


def run(arguments: argparse.Namespace) -> int:
    """Bring it back."""
    addresses = read(TablesSettings).addresses()
    if not addresses.admin:
        raise Problem("CELLHUB_DATABASE_ADMIN_URL: only its login may replace a database, and it is not set.")
    try:
        # As a descriptor, since a program reads it.
        with open(sys.stdin.fileno() if arguments.file == Path("-") else arguments.file, "rb") as saved:
            restore(wheel_programs(), addresses, saved, replace=arguments.replace, seconds=SECONDS)
    except OSError as problem:
        raise Problem(f"{arguments.file}: {problem.strerror}.") from problem
    except (NotRestored, DatabaseProblem) as problem:
        raise Problem(str(problem)) from problem
    print(f"The database {addresses.database} is what {arguments.file} holds.")
    return 0
