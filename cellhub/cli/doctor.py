"""Hold the books against their own entries; exit 1 where a sum does not prove itself."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from typing import Any

from cellhub.db.scope import Scope
from cellhub.environment import read
from cellhub.local.installation import Installation
from cellhub.local.problem import Problem
from cellhub.local.sessions import session_in
from cellhub.local.settings import LocalSettings
from cellhub.local.supervisor import Supervisor
from cellhub.money.proof import INVARIANTS, Drift, Invariant

NOT_WELL = 1
WIDEST = 20
"""Drifts that are listed for one invariant; the rest is counted."""

Findings = list[tuple[Invariant, list[Drift]]]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what is looked at, and how it is told."""
    parser.add_argument("part", choices=["money"], help="what to look at")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")


def run(arguments: argparse.Namespace) -> int:
    """Print a line an invariant, and each place where it is broken."""
    installation = Installation(read(LocalSettings))
    if not Supervisor(installation).answers():
        raise Problem("CellHub does not run, so its database cannot be asked. Start it: make run")
    with session_in(installation, Scope.platform()) as session:
        findings = [(invariant, list(invariant.drifts(session))) for invariant in INVARIANTS]
    print(json.dumps(_document(findings), indent=2) if arguments.json else "\n".join(_lines(findings)))
    return NOT_WELL if any(drifts for _, drifts in findings) else 0


def _lines(findings: Findings) -> Iterable[str]:
    for invariant, drifts in findings:
        state = f"BROKEN in {len(drifts)}" if drifts else "OK"
        yield f"  {invariant.number:<4}{state:<14}{invariant.sentence}"
        yield from (f"      {_line(drift)}" for drift in drifts[:WIDEST])
        if len(drifts) > WIDEST:
            yield f"      and {len(drifts) - WIDEST} more"


def _line(drift: Drift) -> str:
    return f"{drift.tenant}, {drift.place}: {drift.kept:f} kept, {drift.proven:f} proven, {drift.amount:+f}"


def _document(findings: Findings) -> list[dict[str, Any]]:
    return [
        {
            "invariant": invariant.number,
            "sentence": invariant.sentence,
            "drifts": [
                {
                    "tenant": drift.tenant,
                    "place": drift.place,
                    "kept": f"{drift.kept:f}",
                    "proven": f"{drift.proven:f}",
                }
                for drift in drifts
            ],
        }
        for invariant, drifts in findings
    ]
