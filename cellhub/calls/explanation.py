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

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.calls.models import Attempt, Cdr, Disposition
from cellhub.calls.telling import accounts_of, attempts_of, entries_of_call
from cellhub.charging import explaining
from cellhub.charging.explaining import Part
from cellhub.db.tenancy import Account
from cellhub.domain.admission import MEANINGS, Verdict
from cellhub.money.models import LedgerEntry
from cellhub.security.identity import Identity
from cellhub.security.roles import Permission
from cellhub.tree.narrowing import narrow


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
    told = explaining.explain(cdr.story, cdr.lineage, names)
    payers = _payers(cdr, told)
    staff = identity.may(Permission.TRUNKS)
    return Explanation(
        number=told["number"],
        rates=_rates(cdr, told),
        attempts=attempts_of(session, cdr) if staff else [],
        trunks=told["trunks"] if staff else {},
        payers=payers,
        labels=_labels(payers),
        admission=_admission(told),
        entries=_entries(session, cdr, names),
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
    """Names of those who paid and exist for the reader, from the top down."""
    paid = accounts_of(session, cdr)
    query = narrow(select(Account.id, Account.name), Account, identity.scope).where(Account.id.in_(paid))
    found = {id_: name for id_, name in session.execute(query)}
    return {id_: found[id_] for id_ in paid if id_ in found}


def _payers(cdr: Cdr, told: Part) -> list[PayerColumn]:
    charged = {one["account_id"]: one for one in told["charge"].get("payers", [])}
    return [
        PayerColumn(
            id_,
            one["account"],
            {step["label"]: step for step in one["steps"]},
            cdr.costs[cdr.lineage.index(id_)],
        )
        for id_, one in charged.items()
    ]


def _labels(payers: list[PayerColumn]) -> list[str]:
    """The lines of the price table: every payer's, in the order in which they are computed."""
    return list(dict.fromkeys(label for payer in payers for label in payer.lines))


def _rates(cdr: Cdr, told: Part) -> list[Part]:
    """The rates that the topmost payer pays by, for a reader who sees that payer."""
    prices = told["prices"]
    return prices[0]["rates"] if prices and prices[0]["account_id"] == cdr.lineage[0] else []


def _admission(told: Part) -> Part:
    """What was set aside before the phone rang, by the payers that the reader sees."""
    hold: Part = told["hold"]
    held = [{"name": one["account"], "held": Decimal(one["held"])} for one in hold.get("payers", [])]
    return hold and {**hold, "payers": held}


def _entries(session: Session, cdr: Cdr, names: dict[int, str]) -> list[tuple[LedgerEntry, str]]:
    """The charge and its corrections, payer by payer from the top."""
    rows = entries_of_call(session, cdr)
    return [(row, name) for id_, name in names.items() for row in rows if row.account_id == id_]
