"""Restricted numbers, and the white and black lists of callers: put numbers on them and take them off."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, record
from cellhub.accounts.refusal import RefusedError, unless_taken
from cellhub.db.tenancy import Account
from cellhub.domain.callerid import ListKind
from cellhub.sip.models import CallerNumber, RestrictedNumber, SipUser

_DIGITS = re.compile(r"[0-9]{1,20}")
DIGITS_ONLY = "Write 1 to 20 digits, without +."
LISTED_ALREADY = "It is on the list already."


def restrict(
    session: Session, actor: Actor, prefix: str, sip_user: SipUser | None = None, note: str = ""
) -> RestrictedNumber:
    """Let nobody call numbers that begin so, or not one SIP user; with its allow list, only these.

    Raises:
        RefusedError: the prefix is not of digits, or there already.
    """
    row = RestrictedNumber(tenant_id=actor.tenant_id, prefix=_digits("prefix", prefix), note=note)
    row.sip_user_id = sip_user.id if sip_user else None
    with unless_taken(session, "prefix", LISTED_ALREADY):
        session.add(row)
        session.flush()
    record(session, actor, "create", row, name=prefix, account_id=sip_user.account_id if sip_user else None)
    return row


def lift(session: Session, actor: Actor, row: RestrictedNumber) -> None:
    """Take a prefix off the restricted ones."""
    owner = session.get(SipUser, (row.tenant_id, row.sip_user_id)) if row.sip_user_id else None
    record(session, actor, "delete", row, name=row.prefix, account_id=owner.account_id if owner else None)
    session.delete(row)
    session.flush()


def list_caller(
    session: Session, actor: Actor, kind: ListKind, number: str, account: Account | None = None
) -> CallerNumber:
    """Put a caller's number on a list of one account and those below it, or of the whole tenant.

    Raises:
        RefusedError: the number is not of digits, or on a list of the same owner already.
    """
    row = CallerNumber(tenant_id=actor.tenant_id, kind=kind, number=_digits("number", number))
    row.account_id = account.id if account else None
    with unless_taken(session, "number", LISTED_ALREADY):
        session.add(row)
        session.flush()
    record(session, actor, "create", row, name=number, account_id=row.account_id)
    return row


def unlist_caller(session: Session, actor: Actor, row: CallerNumber) -> None:
    """Take a caller's number off its list."""
    record(session, actor, "delete", row, name=row.number, account_id=row.account_id)
    session.delete(row)
    session.flush()


def _digits(field: str, text: str) -> str:
    if not _DIGITS.fullmatch(text):
        raise RefusedError(field, DIGITS_ONLY)
    return text
