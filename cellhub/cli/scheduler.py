"""Run the scheduler: periodiq's own main with our jobs. One a database is enough."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from types import FrameType

import periodiq

from cellhub.cli.worker import LOADED
from cellhub.environment import load
from cellhub.telemetry import logs, metrics


def configure(_: argparse.ArgumentParser) -> None:
    """There are no options; settings come from the environment."""


def run(_: argparse.Namespace) -> int:
    """Send jobs until a signal ends it."""
    settings = load()  # wrong settings are told here, in our words
    logs.configure()
    metrics.serve(settings)
    # The first process of a container is ended by no signal that it does not handle.
    signal.signal(signal.SIGTERM, _leave)
    os.environ["TZ"] = "UTC"  # periodiq reads the jobs' times in the local zone
    return int(periodiq.main(periodiq.make_argument_parser().parse_args([LOADED])))


def _leave(_: int, __: FrameType | None) -> None:
    sys.exit(0)
