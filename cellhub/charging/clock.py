"""When it is, and when a rate holds, as the LOAD statement tells them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from cellhub.domain.schedule import ALWAYS, Holidays, Now, Window


def read_clock(row: dict[str, Any]) -> Now:
    """Read the moment on the tenant's clock, and the holidays around it."""
    at = dt.datetime.fromisoformat(row["at"]).astimezone(ZoneInfo(row["time_zone"]))
    return Now(at, frozenset(map(dt.date.fromisoformat, row["holidays"] or [])))


def read_window(row: dict[str, Any] | None) -> Window:
    """Read when a rate holds; the statement leaves out what always does."""
    if row is None:
        return ALWAYS
    moments = {
        name: row[name] and dt.datetime.fromisoformat(row[name])
        for name in ("effective_from", "effective_until")
    }
    return Window(**{**row, **moments, "holidays": Holidays(row["holidays"])})
