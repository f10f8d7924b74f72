"""Become the pooler between this machine's Asterisk and its database (cellhub run makes its files)."""

from __future__ import annotations

import argparse

from cellhub.cli.switch import become
from cellhub.switch.pooler import COMMAND


def configure(_: argparse.ArgumentParser) -> None:
    """The installation is chosen by its settings."""


def run(_: argparse.Namespace) -> int:
    """Replace this process by PgBouncer."""
    become(COMMAND)
    return 0
