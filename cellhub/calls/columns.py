"""The columns of the CDR list and of its CSV, in the manual's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cellhub.calls.models import Cdr
from cellhub.security.roles import Permission
from cellhub.web.filters import COST_PLACES, sign

COST = "cost"


@dataclass(frozen=True, slots=True)
class Column:
    """``value`` is what the CSV says; the page writes the same value for people."""

    key: str
    title: str
    csv: str
    value: Callable[[Cdr, Decimal, ZoneInfo], Any]
    num: bool = False
    fixed: bool = False
    permission: Permission = Permission.CDR


def rounded(cost: Decimal) -> Decimal:
    """A cost as lists and CSV show it."""
    return cost.quantize(Decimal(1).scaleb(-COST_PLACES), rounding=ROUND_HALF_UP)


COLUMNS = (
    Column(
        "date",
        "Date",
        "date",
        lambda c, _, zone: c.started_at.astimezone(zone).isoformat("T", "seconds"),
        fixed=True,
    ),
    Column("sip_user", "SIP User", "sip_user", lambda c, *_: c.sip_user),
    Column("source", "Source", "source", lambda c, *_: c.source),
    Column("destination", "Destination", "destination", lambda c, *_: c.number or c.dialled),
    Column("dest_name", "Dest. Name", "dest_name", lambda c, *_: c.destination),
    Column("trunk", "Trunk", "trunk", lambda c, *_: c.trunk, permission=Permission.TRUNKS),
    Column("status", "Status", "status", lambda c, *_: str(c.disposition)),
    Column("code", "Code", "code", lambda c, *_: "" if c.code is None else c.code, num=True),
    Column("duration", "Duration", "duration", lambda c, *_: int(c.duration), num=True),
    Column("billsec", "Bill Sec", "billsec", lambda c, *_: int(c.billsec), num=True),
    Column(COST, "Cost", "cost", lambda _, cost, __: rounded(cost), num=True),
)


def titled(columns: Sequence[Column], currency: str) -> list[Column]:
    """The columns with the currency in the head of the money, as the page shows them."""
    return [
        replace(one, title=f"{one.title} {sign(currency)}") if one.key == COST else one for one in columns
    ]


def csv_row(columns: Sequence[Column], cdr: Cdr, cost: Decimal, zone: str) -> list[Any]:
    """One line of the export."""
    return [column.value(cdr, cost, ZoneInfo(zone)) for column in columns]
