"""Read back what the portal itself wrote into an address."""

from __future__ import annotations

import datetime as dt


def moment(text: str) -> dt.datetime:
    """An instant in UTC; a bare time, or one that no clock has, is none of ours."""
    parsed = dt.datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError("no zone")
    try:
        return parsed.astimezone(dt.UTC)
    except OverflowError:
        raise ValueError("beyond the years 1 to 9999") from None
