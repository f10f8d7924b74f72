"""Why a call cost what it cost, for the page of the call.

The story that charging kept tells what every payer of the chain pays. A reader sees the
payers of its own scope: an admin all, a reseller itself and those below, a client
itself. Rates of the deck are what the topmost payer pays, so only that payer and the
tenant's staff see the candidates; trunks are for staff alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.calls.models import Attempt, Cdr, Disposition
from cellhub.db.tenancy import Account
from cellhub.domain.admission import MEANINGS, Verdict
from cellhub.money.models import LedgerEntry
from cellhub.security.identity import Identity
from cellhub.security.roles import Permission
from cellhub.tree.narrowing import narrow

Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PayerColumn:
    """One payer's column of the price table; ``lines`` maps a step's label to its text and amount."""

    account_id: int
    name: str
    lines: dict[str, Part]
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the page shows; an empty part is one that this call, or this reader, does not have."""

    number: Part
    rates: list[Part]
    attempts: Sequence[Attempt]
    trunks: Part
    payers: list[PayerColumn]
    labels: list[str]
    admission: Part
    entries: Sequence[tuple[LedgerEntry, str]]
    refusal: Part
    verdict_sentence: str


def explain(session: Session, cdr: Cdr, identity: Identity) -> Explanation:
    """Read what is kept of ``cdr`` and leave out what the reader is not to see."""
    names = _names(session, cdr, identity)
    payers = _payers(cdr, names)
    staff = identity.may(Permission.TRUNKS)
    return Explanation(
        number=cdr.story.get("number", {}),
        rates=_rates(cdr, identity),
        attempts=_attempts(session, cdr) if staff else [],
        trunks=cdr.story.get("trunks", {}) if staff else {},
        payers=payers,
        labels=_labels(payers),
        admission=_admission(cdr, names),
        entries=_entries(session, cdr, identity, names),
        refusal=cdr.story.get("refusal", {}) if staff else {},
        verdict_sentence=MEANINGS[Verdict(cdr.verdict)].sentence,
    )


def sentence(cdr: Cdr) -> str:
    """How the call went, in words; the page adds the money."""
    if cdr.verdict != Verdict.OK:
        return "was refused"
    if cdr.disposition is not Disposition.ANSWERED:
        return f"ended without an answer: {cdr.disposition.lower()}"
    return "was answered"


def _names(session: Session, cdr: Cdr, identity: Identity) -> dict[int, str]:
    """Names of the payers that exist for the reader, from the top down."""
    query = narrow(select(Account.id, Account.name), Account, identity.scope).where(
        Account.id.in_(cdr.lineage)
    )
    found = {id_: name for id_, name in session.execute(query)}
    return {id_: found[id_] for id_ in cdr.lineage if id_ in found}


def _payers(cdr: Cdr, names: dict[int, str]) -> list[PayerColumn]:
    told = {one["account_id"]: one for one in cdr.story.get("settlement", {}).get("payers", [])}
    return [
        PayerColumn(
            id_,
            name,
            {step["label"]: step for step in told[id_]["steps"]},
            cdr.costs[cdr.lineage.index(id_)],
        )
        for id_, name in names.items()
        if id_ in told
    ]


def _labels(payers: list[PayerColumn]) -> list[str]:
    """The lines of the price table: every payer's, in the order in which they are computed."""
    return list(dict.fromkeys(label for payer in payers for label in payer.lines))


def _rates(cdr: Cdr, identity: Identity) -> list[Part]:
    rates: list[Part] = cdr.story.get("rates", [])
    if identity.account_id is None or identity.account_id == cdr.lineage[0]:
        return rates
    return []


def _admission(cdr: Cdr, names: dict[int, str]) -> Part:
    """What was set aside before the phone rang, by the payers that the reader sees."""
    admission = cdr.story.get("admission")
    if not admission:
        return {}
    held = [
        {"name": names[payer["account_id"]], "held": Decimal(payer["held"])}
        for payer in admission["payers"]
        if payer["account_id"] in names
    ]
    return {"slice_seconds": admission["slice_seconds"], "last": admission["last"], "payers": held}


def _attempts(session: Session, cdr: Cdr) -> Sequence[Attempt]:
    query = select(Attempt).where(Attempt.tenant_id == cdr.tenant_id, Attempt.call_id == cdr.call_id)
    return session.scalars(query.order_by(Attempt.position)).all()


def _entries(
    session: Session, cdr: Cdr, identity: Identity, names: dict[int, str]
) -> list[tuple[LedgerEntry, str]]:
    query = narrow(select(LedgerEntry), LedgerEntry, identity.scope)
    rows = session.scalars(query.where(LedgerEntry.reason == f"call:{cdr.call_id}")).all()
    by_account = {row.account_id: row for row in rows}
    return [(by_account[id_], name) for id_, name in names.items() if id_ in by_account]
