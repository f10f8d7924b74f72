"""Everything the books know of one call, and what they would say to one that is imagined."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.calls.models import Attempt, Call, CallPayer, Cdr
from cellhub.charging.books import SessionBooks
from cellhub.charging.checking import Checker
from cellhub.charging.explaining import Part, explain
from cellhub.charging.verdicts import Request
from cellhub.db.tenancy import Account
from cellhub.domain.ledger import reasons_of
from cellhub.money.models import LedgerEntry

LISTED = 5
_START = re.compile(r"[0-9a-f]{1,32}")
_BEHIND_HEX = "g"
"""Sorts behind every character of a call id."""

FACTS = (
    "call_id",
    "sip_user",
    "source",
    "dialled",
    "number",
    "prefix",
    "destination",
    "trunk",
    "answered_at",
    "ended_at",
    "offer_id",
)
RECORDED = ("disposition", "code", "duration", "billsec", "provider", "buy_cost", "invoice_id")


class NotFound(LookupError):
    """There is nothing to tell; the message says why."""


def find_call_id(session: Session, start: str) -> str:
    """Complete the beginning of a call id.

    Raises:
        NotFound: no call of the tenant begins so, or several do.
    """
    start = start.strip().lower()
    if not _START.fullmatch(start):
        raise NotFound(f"{start!r} is no call id: write up to 32 of the characters 0-9 and a-f.")
    found = sorted(set(_beginning(session, Call, start)) | set(_beginning(session, Cdr, start)))
    if not found:
        raise NotFound(f"There is no call whose id begins with {start}.")
    if len(found) > 1:
        more = " and more" if len(found) > LISTED else ""
        raise NotFound(
            f"Several calls begin with {start}: {', '.join(found[:LISTED])}{more}. Write more of it."
        )
    return found[0]


def _beginning(session: Session, model: Any, start: str) -> Sequence[str]:
    mine = model.tenant_id == session.info["scope"].tenant_id
    begins = model.call_id >= start, model.call_id < start + _BEHIND_HEX
    return session.scalars(select(model.call_id).where(mine, *begins).limit(LISTED + 1)).all()


def tell(session: Session, call_id: str) -> Part:
    """Tell a call that is running, ended or was refused; ``session`` is in its tenant's scope.

    To the parts of :func:`~cellhub.charging.explaining.explain` come the ``call``, its
    ``payers`` with what they hold and paid, its ``attempts`` and its ``ledger``.
    """
    call, record = (_row(session, model, call_id) for model in (Call, Cdr))
    row = record or call
    if row is None:
        raise NotFound(f"There is no call {call_id}.")
    names = _names(session, row.tenant_id, accounts_of(session, row))
    return {
        "call": _facts(call, record),
        # A record's story ends with the settlement; what comes later is the call's.
        **explain((call or row).story, row.lineage, names),
        "payers": _payers(session, row, names),
        "attempts": [_attempt(one) for one in attempts_of(session, row)],
        "ledger": [_entry(one, names) for one in entries_of_call(session, row)],
    }


def imagine(session: Session, sip_user: str, dialled: str, at: dt.datetime | None = None) -> Part:
    """Tell what would become of a call at a moment, now unless another is given; nothing is written.

    Raises:
        NotFound: there is no such SIP user.
    """
    request = Request(uuid.uuid4().hex, sip_user, dialled, at=at)  # a random trunk is drawn by the id
    case = Checker(SessionBooks(session), pod="").imagine(request)
    if case is None:
        raise NotFound(f"There is no SIP user {sip_user!r}.")
    chain = case.situation.chain
    ids = [*case.situation.lineage, *(one.purse_id for one in chain if one.purse_id)]
    names = _names(session, SessionBooks(session).tenant_id, ids)
    facts = {name: value for name, value in case.facts().items() if name in FACTS}
    moment = case.situation.now.at
    return {
        "call": {**facts, "state": "IMAGINED", "started_at": moment.isoformat()},
        **explain(case.story, case.situation.lineage, names),
        "payers": [],
        "attempts": [],
        "ledger": [],
    }


def attempts_of(session: Session, call: Call | Cdr) -> Sequence[Attempt]:
    """The legs of a call in their order."""
    mine = Attempt.tenant_id == call.tenant_id, Attempt.call_id == call.call_id
    return session.scalars(select(Attempt).where(*mine).order_by(Attempt.position)).all()


def entries_of_call(session: Session, call: Call | Cdr) -> Sequence[LedgerEntry]:
    """What the ledger booked for a call: its charge, and what corrected it later."""
    mine = (
        LedgerEntry.tenant_id == call.tenant_id,
        LedgerEntry.account_id.in_(accounts_of(session, call)),
        LedgerEntry.reason.in_(reasons_of(call.call_id)),
    )
    return session.scalars(select(LedgerEntry).where(*mine).order_by(LedgerEntry.id)).all()


def accounts_of(session: Session, call: Call | Cdr) -> list[int]:
    """The payer chain from the top down, and behind it the purses of groups that paid for some of it."""
    mine = CallPayer.tenant_id == call.tenant_id, CallPayer.call_id == call.call_id
    paid = session.scalars(select(CallPayer.account_id).where(*mine).order_by(CallPayer.position))
    return list(dict.fromkeys([*call.lineage, *paid]))


def _row(session: Session, model: Any, call_id: str) -> Any:
    tenant_id = session.info["scope"].tenant_id
    return session.scalar(select(model).where(model.tenant_id == tenant_id, model.call_id == call_id))


def _names(session: Session, tenant_id: int, accounts: Sequence[int]) -> dict[int, str]:
    mine = Account.tenant_id == tenant_id, Account.id.in_(accounts)
    rows = session.execute(select(Account.id, Account.name).where(*mine))
    return {id_: name for id_, name in rows}


def _facts(call: Call | None, record: Cdr | None) -> Part:
    row: Any = record or call
    facts = {name: _plain(getattr(row, name)) for name in FACTS}
    facts["state"] = call.state.value if call else "REFUSED"
    facts["started_at"] = _plain(record.started_at if record else row.authorised_at)
    if record:
        facts |= {name: _plain(getattr(record, name)) for name in RECORDED}
    if call and not record:
        facts |= {"paid_seconds": call.paid_seconds, "deadline_at": _plain(call.deadline_at)}
    return facts


def _payers(session: Session, call: Call | Cdr, names: dict[int, str]) -> list[Part]:
    mine = CallPayer.tenant_id == call.tenant_id, CallPayer.call_id == call.call_id
    query = select(CallPayer).where(*mine).order_by(CallPayer.position)
    return [
        {
            "account_id": one.account_id,
            "account": names.get(one.account_id, str(one.account_id)),
            "price": one.price,
            "held": _plain(one.held),
            "cost": _plain(one.cost),
        }
        for one in session.scalars(query)
    ]


def _attempt(one: Attempt) -> Part:
    names = ("position", "trunk", "code", "cause", "delay", "started_at", "answered_at", "ended_at")
    return {name: _plain(getattr(one, name)) for name in names}


def _entry(one: LedgerEntry, names: dict[int, str]) -> Part:
    told = ("account_id", "kind", "reason", "amount", "balance_after", "note", "actor", "created_at")
    return {"account": names[one.account_id]} | {name: _plain(getattr(one, name)) for name in told}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value if value is None or isinstance(value, bool | int) else str(value)
