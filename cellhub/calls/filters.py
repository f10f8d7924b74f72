"""The filters of the CDR list."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement

from cellhub.calls.models import Cdr, Disposition
from cellhub.db.ids import read_id
from cellhub.web.lists import Filter

DIGITS = re.compile(r"[0-9]{1,20}")
STATUSES = tuple((str(one), str(one).capitalize()) for one in Disposition)


def cdr_filters(zone: str, *, with_trunk: bool) -> tuple[Filter, ...]:
    """Filters by day in ``zone``, SIP user, destination, status and, for staff, trunk."""
    filters = (
        Filter("from", "From", lambda typed: Cdr.started_at >= _start(typed, zone), kind="date"),
        Filter("to", "To", lambda typed: Cdr.started_at < _start(typed, zone, days=1), kind="date"),
        Filter("destination", "Destination", _destination, show=lambda typed: f"starts with {typed}"),
        Filter("status", "Status", _status, choices=STATUSES, show=str.capitalize),
        Filter("sip_user", "SIP User", lambda typed: Cdr.sip_user == typed),
        Filter("account", "Account", _account),
    )
    trunk = Filter("trunk", "Trunk", lambda typed: Cdr.trunk == typed)
    return (*filters, trunk) if with_trunk else filters


def _start(typed: str, zone: str, days: int = 0) -> dt.datetime:
    try:
        day = dt.date.fromisoformat(typed) + dt.timedelta(days=days)
    except (ValueError, OverflowError):
        raise ValueError("Write a day as 2026-07-16.") from None
    return dt.datetime.combine(day, dt.time.min, ZoneInfo(zone))


def _destination(typed: str) -> ColumnElement[bool]:
    if not DIGITS.fullmatch(typed):
        raise ValueError("Write the first digits of the number, without + or spaces.")
    return Cdr.number.startswith(typed)


def _status(typed: str) -> ColumnElement[bool]:
    if typed not in {str(one) for one in Disposition}:
        raise ValueError(f"Choose one of {', '.join(Disposition)}.")
    return Cdr.disposition == Disposition(typed)


def _account(typed: str) -> ColumnElement[bool]:
    """An account and all below it, by its id."""
    wanted = read_id(typed)
    if wanted is None:
        raise ValueError("Choose an account in Users.")
    return Cdr.lineage.contains([wanted])
