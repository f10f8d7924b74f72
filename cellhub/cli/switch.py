"""Become this machine's Asterisk; its root folder and its files must be there (cellhub run makes both)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from cellhub.environment import read
from cellhub.local import softswitch
from cellhub.local.installation import Installation
from cellhub.local.problem import Problem
from cellhub.local.settings import LocalSettings
from cellhub.switch import process


def configure(_: argparse.ArgumentParser) -> None:
    """The installation is chosen by its settings."""


def run(_: argparse.Namespace) -> int:
    """Replace this process by Asterisk."""
    become(process.ASTERISK)
    return 0


def become(program: Sequence[str]) -> None:
    """Replace this process by a program of the softswitch's root folder."""
    reason = process.why_not()
    if reason:
        raise Problem(reason)
    process.become(softswitch.folders(Installation(read(LocalSettings))), program)
