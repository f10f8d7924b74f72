"""Run the live process: server-sent events to the portal's pages."""

from __future__ import annotations

import argparse

from cellhub.environment import load
from cellhub.live.server import serve


def configure(_: argparse.ArgumentParser) -> None:
    """There are no options; settings come from the environment."""


def run(_: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    serve(load())
    return 0
