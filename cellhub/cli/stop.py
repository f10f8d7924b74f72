"""End everything that 'cellhub run' started, in order."""

from __future__ import annotations

import argparse

from cellhub.environment import read
from cellhub.local import report
from cellhub.local.installation import Installation
from cellhub.local.settings import LocalSettings
from cellhub.local.supervisor import Supervisor


def configure(_: argparse.ArgumentParser) -> None:
    """The installation is chosen by its settings."""


def run(_: argparse.Namespace) -> int:
    """Shut the process manager down."""
    installation = Installation(read(LocalSettings))
    supervisor = Supervisor(installation)
    if supervisor.answers():
        supervisor.shut_down()
        print("CellHub has ended.")
    else:
        print(report.not_running(installation))
    return 0
