"""Check an installation in a cluster: that its pages answer, or that a call is carried and billed.

It can also be the far end of a trunk, for as long as it runs.
"""

from __future__ import annotations

import argparse
import signal

from cellhub.environment import read
from cellhub.local import billtext, probe
from cellhub.local.probe import ProbeSettings

NOT_AS_TOLD = 1
ENDS = {signal.SIGINT, signal.SIGTERM}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what is checked; everything else is a setting."""
    parser.add_argument("what", choices=list(CHECKS), help="what to check, or to be")


def run(arguments: argparse.Namespace) -> int:
    """Check it and print what was seen."""
    return CHECKS[arguments.what](read(ProbeSettings))


def _pages(settings: ProbeSettings) -> int:
    for page in probe.look_at_pages(settings):
        print(f"{page} answers")
    return 0


def _call(settings: ProbeSettings) -> int:
    placed = probe.place(settings)
    print(billtext.text(placed))
    return 0 if placed.as_told else NOT_AS_TOLD


def _far_end(settings: ProbeSettings) -> int:
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    with probe.far_end(settings):
        print(
            f"Answers at {settings.probe_own_host}:{settings.probe_far_end_port} until it is ended.",
            flush=True,
        )
        signal.sigwait(ENDS)
    return 0


CHECKS = {"pages": _pages, "call": _call, "far-end": _far_end}
