"""Show the state of each part of this machine's installation; exit 1 unless all are up."""

from __future__ import annotations

import argparse

from cellhub.environment import read
from cellhub.local import health, report
from cellhub.local.installation import Installation
from cellhub.local.settings import LocalSettings
from cellhub.local.supervisor import Supervisor

NOT_WELL = 1


def configure(_: argparse.ArgumentParser) -> None:
    """The installation is chosen by its settings."""


def run(_: argparse.Namespace) -> int:
    """Print a line a part."""
    installation = Installation(read(LocalSettings))
    supervisor = Supervisor(installation)
    if not supervisor.answers():
        print(report.not_running(installation))
        return NOT_WELL
    reports = health.look_at_running(supervisor)
    print("\n".join([f"CellHub is at {report.address(installation)}", "", *report.parts(reports)]))
    return NOT_WELL if any(part.trouble for part in reports) else 0
