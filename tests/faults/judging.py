"""Hold what the far end saw against what was charged, call by call."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.calls.models import Call, Cdr, Disposition
from cellhub.db.roles import PORTAL
from cellhub.db.tenancy import Account
from cellhub.domain.settlement import GRACE_SECONDS, deadline_after
from cellhub.money.models import EntryKind, LedgerEntry
from tests.calls.conftest import charged_seconds, price
from tests.faults.storm import Talk
from tests.faults.striking import HANG_SECONDS, Struck
from tests.faults.waiting import EVERY, Waits
from tests.fixtures.switch import Switch

FRAME = Decimal("0.020")
LATE = Decimal(1)
"""Seconds by which a call may be charged less at the most, however long processors were not to be had."""

KEPT = Decimal("0.1")
"""Seconds within which Asterisk keeps a deadline; nobody is charged beyond it."""

HUNG = Decimal(HANG_SECONDS) + 1
"""Seconds by which a call may be charged less during which its softswitch was stopped."""

GRACE = Decimal(GRACE_SECONDS)
"""Seconds by which a call may be charged less whose BYE came while its database was stopped."""

HANGING = SWITCH, DATABASE = "asterisk", "postgres"

LAST_SEEN = Decimal(1)
"""Seconds by which a call that its softswitch took along may be charged more than its far end saw."""

WRITTEN = Decimal("0.5")
"""Seconds after the answer by which Asterisk has it on its disk, whatever kills it then."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A call at its far end, its moments in epoch seconds; ``cut`` if its softswitch died during it.

    It lasted from ``answered``, or at least from ``joined``, when it heard that the softswitch knows of it.
    ``hung`` is by how many seconds it may be charged less: if the softswitch was stopped while it went on,
    between its end and its BYE perhaps, or if its database was when the BYE came, which Asterisk may have
    wait behind a look-up until the pooler ends that (docs/decisions/0010).
    """

    number: str
    answered: float
    joined: float
    ended: float
    cut: bool
    hung: Decimal
    waits: Waits = field(repr=False)

    @property
    def seconds(self) -> Decimal:
        """How long it can have lasted."""
        return _seconds(self.ended - self.answered)

    @property
    def least(self) -> Decimal:
        """How long it must have lasted."""
        return _seconds(self.ended - self.joined)

    def waited(self, late: Decimal) -> Decimal:
        """How long nobody had a processor who was to note its answer or to tell its end, so much too late."""
        span = float(late) + 2 * EVERY
        begin = self.waits.between(self.answered, self.joined + span)
        return _seconds(begin + self.waits.between(self.ended - span, self.ended))


@dataclass(frozen=True, slots=True)
class Charged:
    """A call in the books: its record, the seconds it might last, and what the ledger took for it."""

    call_id: str
    number: str
    seconds: Decimal
    deadline: int
    cost: Decimal
    entries: list[Decimal]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong, a sentence each, and by how much each call that was not cut off is charged otherwise."""

    complaints: list[str]
    differences: dict[str, Decimal]

    @property
    def beyond_a_frame(self) -> dict[str, Decimal]:
        """The calls, by number, that were not charged the far end's seconds to within a frame."""
        return {number: one for number, one in self.differences.items() if abs(one) > FRAME}


def seen(talks: Iterable[Talk], struck: Sequence[Struck], waits: Waits) -> list[Seen]:
    """Tell how long each call lasted; one that nobody hung up lasted until its softswitch was killed."""
    kills = [one.at for one in struck if (one.what, one.part) == ("killed", "asterisk")]
    stops = {
        part: [one.at for one in struck if (one.what, one.part) == ("stopped", part)] for part in HANGING
    }
    return [_seen(talk, kills, stops, waits) for talk in talks]


def _seen(talk: Talk, kills: list[float], stops: Mapping[str, list[float]], waits: Waits) -> Seen:
    cut = talk.ended is None
    ended = next(moment for moment in kills if moment > talk.answered) if talk.ended is None else talk.ended
    if any(at - 0.1 < ended and talk.answered < at + float(HUNG) for at in stops[SWITCH]):
        hung = HUNG
    else:
        hung = GRACE if any(at < ended < at + float(HUNG) for at in stops[DATABASE]) else Decimal(0)
    return Seen(talk.number, talk.answered, talk.joined, ended, cut, hung, waits)


def _seconds(span: float) -> Decimal:
    return Decimal(str(round(span, 6)))


def charged(switch: Switch, account_ids: Sequence[int]) -> list[Charged]:
    """The answered calls of some accounts, oldest first."""
    records = (
        select(Cdr, Call.paid_seconds)
        .join(Call, (Call.tenant_id == Cdr.tenant_id) & (Call.call_id == Cdr.call_id))
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
            Charged(
                one.call_id,
                one.number,
                charged_seconds(one),
                deadline_after(paid_seconds),
                one.costs[0],
                taken[one.call_id],
            )
            for one, paid_seconds in session.execute(records)
        ]


def judge(far: Iterable[Seen], books: Iterable[Charged]) -> Judgement:
    """Compare the two sides, number by number; each is dialled once."""
    calls: dict[str, tuple[list[Seen], list[Charged]]] = defaultdict(lambda: ([], []))
    for one in far:
        calls[one.number][0].append(one)
    for charge in books:
        calls[charge.number][1].append(charge)
    complaints, differences = [], {}
    for number, (talked, paid) in sorted(calls.items()):
        complaints += [f"{number}: {text}" for text in _compare(talked, paid)]
        if len(talked) == len(paid):
            pairs = [(a, b) for a, b in zip(talked, paid, strict=True) if not a.cut]
            differences |= {b.number: _difference(a, b) for a, b in pairs}
    return Judgement(complaints, differences)


def _difference(one: Seen, charge: Charged) -> Decimal:
    """By how much the charged seconds are above or below what the far end can say."""
    return max(charge.seconds - one.seconds, Decimal(0)) or min(charge.seconds - one.least, Decimal(0))


def _compare(talked: list[Seen], paid: list[Charged]) -> Iterable[str]:
    for charge in paid:
        yield from _in_itself(charge)
    if len(talked) == len(paid):
        pairs = zip(talked, paid, strict=True)
        yield from (f"{charge} differs from {one}" for one, charge in pairs if not _agree(one, charge))
    elif len(paid) > len(talked) or not all(_may_be_missing(one) for one in talked[len(paid) :]):
        yield f"the far end answered {talked}, charged are {paid}"


def _in_itself(charge: Charged) -> Iterable[str]:
    if charge.seconds == 0 and charge.cost == sum(charge.entries) == 0:
        return  # cut off at once
    if charge.entries != [-charge.cost] or charge.cost != price(charge.seconds):
        yield f"{charge} is not charged once by the price of its seconds"
    if charge.seconds > charge.deadline:
        yield f"{charge} is charged beyond its deadline"


def _may_be_missing(one: Seen) -> bool:
    return one.cut and one.seconds <= WRITTEN


def _agree(one: Seen, charge: Charged) -> bool:
    if one.cut:
        return charge.seconds - one.seconds <= LAST_SEEN
    difference = _difference(one, charge)
    if one.hung:
        return -FRAME - one.hung <= difference <= FRAME
    if abs(difference) <= FRAME:
        return True
    less = -difference - FRAME - (KEPT if charge.seconds == charge.deadline else 0)
    return difference < 0 and less <= min(LATE, one.waited(-difference))


@dataclass(frozen=True, slots=True)
class Books:
    """An account at the end: its balance, what is held, the sum of its entries, its lowest balance ever."""

    balance: Decimal
    held: Decimal
    booked: Decimal
    lowest: Decimal


def books(switch: Switch, account_ids: Sequence[int]) -> dict[int, Books]:
    """The books of some accounts."""
    with switch.books() as session:
        accounts = session.scalars(select(Account).where(Account.id.in_(account_ids))).all()
        return {one.id: Books(one.balance, one.held, *_booked(session, one.id)) for one in accounts}


def _booked(session: Session, account_id: int) -> tuple[Decimal, Decimal]:
    entries = select(LedgerEntry.amount).where(LedgerEntry.account_id == account_id)
    balances = list(accumulate(session.scalars(entries.order_by(LedgerEntry.id)), initial=Decimal(0)))
    return balances[-1], min(balances)


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
