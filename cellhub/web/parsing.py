"""Read back what the portal itself wrote into an address."""

from __future__ import annotations

import datetime as dt


def moment(text: str) -> dt.datetime:
    """An instant with its zone; a bare time is none of ours."""
    parsed = dt.datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError("no zone")
    return parsed
