"""Save the whole database of an installation in a cluster to a file, and read the file's list."""

from __future__ import annotations

import argparse
from pathlib import Path

from cellhub.cli.tables import TablesSettings
from cellhub.environment import read
from cellhub.local.placement import wheel_programs
from cellhub.local.problem import Problem
from cellhub.updates.saving import NotSaved, save


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the file."""
    parser.add_argument("file", type=Path, help="where to save it; it is replaced once it is whole")


def run(arguments: argparse.Namespace) -> int:
    """Save it."""
    addresses = read(TablesSettings).addresses()
    if not addresses.admin:
        raise Problem("CELLHUB_DATABASE_ADMIN_URL: only its login sees every row, and it is not set.")
    try:
        entries = save(wheel_programs(), addresses.admin, addresses.database, arguments.file)
    except NotSaved as problem:
        raise Problem(str(problem)) from problem
    print(f"{arguments.file} lists {entries} entries.")
    return 0
