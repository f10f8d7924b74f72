"""Hold what the far end saw against what was charged, call by call."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select

from cellhub.calls.models import Cdr, Disposition
from cellhub.db.roles import PORTAL
from cellhub.db.tenancy import Account
from cellhub.money.models import EntryKind, LedgerEntry
from tests.calls.conftest import price
from tests.faults.storm import Struck, Talk
from tests.fixtures.switch import Switch

FRAME = Decimal("0.020")
LAG = Decimal(1)
"""Seconds by which a few calls may be charged less than that: on a machine that is short of processors
Asterisk sends a BYE, and sipp reads it, later than the end was noted."""

PROMPT = Decimal("0.9")
"""The share of the calls that must be within a frame nevertheless."""

LAST_SEEN = Decimal(1)
"""Seconds by which a call that its softswitch took along may be charged more than its far end saw."""

WRITTEN = Decimal("0.5")
"""Seconds after the answer by which Asterisk has it on its disk, whatever kills it then."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A call at its far end; ``cut`` if its softswitch died before anybody hung up.

    ``seconds`` count from its answer, ``least`` from when it heard that the softswitch knows of
    it: on a machine that is short of processors the two are apart by more than a frame.
    """

    number: str
    seconds: Decimal
    least: Decimal
    cut: bool


@dataclass(frozen=True, slots=True)
class Charged:
    """A call in the books: its record, and what the ledger took for it."""

    call_id: str
    number: str
    seconds: Decimal
    cost: Decimal
    entries: list[Decimal]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong, a sentence each, and by how much each ordinary call was charged otherwise."""

    complaints: list[str]
    differences: list[Decimal]

    @property
    def within_a_frame(self) -> Decimal:
        """The share of the ordinary calls that were charged within a frame of their far end's seconds."""
        near = sum(abs(one) <= FRAME for one in self.differences)
        return Decimal(near) / max(len(self.differences), 1)


def seen(talks: Iterable[Talk], struck: Sequence[Struck]) -> list[Seen]:
    """Tell how long each call lasted; one that nobody hung up lasted until its softswitch was killed."""
    kills = [one.at for one in struck if (one.what, one.part) == ("killed", "asterisk")]
    return [_seen(talk, kills) for talk in talks]


def _seen(talk: Talk, kills: list[float]) -> Seen:
    cut = talk.ended is None
    ended = next(moment for moment in kills if moment > talk.answered) if talk.ended is None else talk.ended
    return Seen(talk.number, _seconds(ended - talk.answered), _seconds(ended - talk.joined), cut)


def _seconds(span: float) -> Decimal:
    return Decimal(str(round(span, 6)))


def charged(switch: Switch, account_ids: Sequence[int]) -> list[Charged]:
    """The answered calls of some accounts, oldest first."""
    records = (
        select(Cdr)
        .where(Cdr.account_id.in_(account_ids), Cdr.disposition == Disposition.ANSWERED)
        .order_by(Cdr.answered_at)
    )
    entries = select(LedgerEntry.reason, LedgerEntry.amount).where(
        LedgerEntry.account_id.in_(account_ids), LedgerEntry.kind == EntryKind.CALL
    )
    with switch.books() as session:
        taken = defaultdict(list)
        for reason, amount in session.execute(entries):
            taken[reason.split(":")[1]].append(amount)
        return [
            Charged(one.call_id, one.number, one.billsec, one.costs[0], taken[one.call_id])
            for one in session.scalars(records)
        ]


def judge(far: Iterable[Seen], books: Iterable[Charged]) -> Judgement:
    """Compare the two sides, number by number; each is dialled once."""
    calls: dict[str, tuple[list[Seen], list[Charged]]] = defaultdict(lambda: ([], []))
    for one in far:
        calls[one.number][0].append(one)
    for charge in books:
        calls[charge.number][1].append(charge)
    complaints, differences = [], []
    for number, (talked, paid) in sorted(calls.items()):
        complaints += [f"{number}: {text}" for text in _compare(talked, paid)]
        if len(talked) == len(paid):
            pairs = zip(talked, paid, strict=True)
            differences += [_difference(a, b) for a, b in pairs if not a.cut]
    return Judgement(complaints, differences)


def _difference(one: Seen, charge: Charged) -> Decimal:
    """By how much the charged seconds are above or below what the far end can say."""
    return max(charge.seconds - one.seconds, Decimal(0)) or min(charge.seconds - one.least, Decimal(0))


def _compare(talked: list[Seen], paid: list[Charged]) -> Iterable[str]:
    for charge in paid:
        if charge.seconds == 0 and charge.cost == sum(charge.entries) == 0:
            continue  # cut off at once
        if charge.entries != [-charge.cost] or charge.cost != price(charge.seconds):
            yield f"{charge} is not charged once by the price of its seconds"
    if len(talked) != len(paid):
        if any(one.seconds > WRITTEN or not one.cut for one in talked[len(paid) :]) or len(paid) > len(
            talked
        ):
            yield f"the far end answered {talked}, charged are {paid}"
        return
    for one, charge in zip(talked, paid, strict=True):
        over = charge.seconds - one.seconds if one.cut else _difference(one, charge)
        if over > (LAST_SEEN if one.cut else FRAME) or (over < -LAG and not one.cut):
            yield f"{charge} differs by {over} s from {one}"


def balances(switch: Switch, account_ids: Sequence[int]) -> dict[int, tuple[Decimal, Decimal, Decimal]]:
    """Balance, money held, and the sum of the entries of each account."""
    booked = select(func.coalesce(func.sum(LedgerEntry.amount), 0)).where(
        LedgerEntry.tenant_id == Account.tenant_id, LedgerEntry.account_id == Account.id
    )
    query = select(Account.id, Account.balance, Account.held, booked.scalar_subquery())
    with switch.books() as session:
        rows = session.execute(query.where(Account.id.in_(account_ids)))
        return {one: (balance, held, total) for one, balance, held, total in rows}


def command(switch: Switch, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``cellhub`` as the operator of this machine does."""
    program = str(Path(sys.executable).with_name("cellhub"))
    environment = os.environ | switch.machine.installation.environment(PORTAL.name)
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)


def stories(switch: Switch, complaints: Iterable[str], books: Iterable[Charged]) -> str:
    """The complaints, and what can be told of each call in them."""
    text = list(complaints)
    for charge in books:
        if any(complaint.startswith(charge.number) for complaint in text[:5]):
            text.append(command(switch, "explain", "--call", charge.call_id).stdout)
    return "\n".join(text)
