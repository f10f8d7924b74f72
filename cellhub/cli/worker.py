"""Run a worker: Dramatiq's own command line with our jobs."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn

from cellhub.environment import load
from cellhub.workers.main import THREADS

SHUTDOWN_MS = 2000
LOADED = "cellhub.workers.main:start"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--processes", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=THREADS, help="of each process; default: %(default)s")


def run(arguments: argparse.Namespace) -> NoReturn:
    """Become Dramatiq's master process."""
    load()  # wrong settings are told here, in our words
    options = {
        "--processes": arguments.processes,
        "--threads": arguments.threads,
        "--worker-shutdown-timeout": SHUTDOWN_MS,
    }
    words = [str(word) for option in options.items() for word in option]
    # -P: the working directory is no place to import from.
    command = [sys.executable, "-P", "-m", "dramatiq", LOADED, "--skip-logging", *words]
    os.execv(sys.executable, command)  # noqa: S606
