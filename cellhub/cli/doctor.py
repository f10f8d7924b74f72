"""Hold the books and the audit against their own entries; exit 1 where one does not prove itself."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from cellhub.accounts.chain import Chain, chains
from cellhub.db.scope import Scope
from cellhub.environment import read
from cellhub.local.sessions import database_here, session_at
from cellhub.local.settings import LocalSettings
from cellhub.money.proof import INVARIANTS, Drift, Invariant

NOT_WELL = 1
WIDEST = 20
"""Drifts that are listed for one invariant; the rest is counted."""

Findings = list[tuple[Invariant, list[Drift]]]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: lines for people, one JSON document for programs."""

    well: bool
    lines: list[str]
    document: list[dict[str, Any]]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what is looked at, and how it is told."""
    parser.add_argument("part", choices=list(PARTS), help="what to look at")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")


def run(arguments: argparse.Namespace) -> int:
    """Print what was looked at, a line each, and each place where it is broken."""
    with session_at(database_here(read(LocalSettings)), Scope.platform()) as session:
        report = PARTS[arguments.part](session)
    print(json.dumps(report.document, indent=2) if arguments.json else "\n".join(report.lines))
    return 0 if report.well else NOT_WELL


def money(session: Session) -> Report:
    """A line for each invariant of the books."""
    findings = [(invariant, list(invariant.drifts(session))) for invariant in INVARIANTS]
    well = not any(drifts for _, drifts in findings)
    return Report(well, list(_lines(findings)), _document(findings))


def audit(session: Session) -> Report:
    """A line for the audit of each tenant."""
    found = list(chains(session))
    well = all(chain.broken_at is None for chain in found)
    return Report(well, [_chain_line(chain) for chain in found], [asdict(chain) for chain in found])


PARTS = {"money": money, "audit": audit}


def _chain_line(chain: Chain) -> str:
    state = "OK" if chain.broken_at is None else f"BROKEN at {chain.broken_at}"
    return f"  {state:<18}{chain.tenant}: {chain.entries} entries, the end is {chain.end}"


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
