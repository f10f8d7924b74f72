"""The end of a call as JSON: in the agent's spool, and in the story of a doubted call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from cellhub.charging.settling import AttemptSeen, Ending

MOMENTS = ("answered_at", "ended_at", "started_at", "rang_at")


def as_values(ending: Ending) -> dict[str, Any]:
    """Write an ending as JSON can hold it."""
    values = asdict(ending)
    values["seconds"] = f"{ending.seconds:f}"
    values["attempts"] = [_plain(attempt) for attempt in values["attempts"]]
    return _plain(values)


def ending_of(values: Mapping[str, Any]) -> Ending:
    """Read what :func:`as_values` wrote."""
    attempts = tuple(AttemptSeen(**with_moments(attempt)) for attempt in values["attempts"])
    return Ending(**{**with_moments(values), "seconds": Decimal(values["seconds"]), "attempts": attempts})


def with_moments(values: Mapping[str, Any]) -> dict[str, Any]:
    """Read the moments among values that came from JSON."""
    return {
        name: dt.datetime.fromisoformat(value) if name in MOMENTS and value else value
        for name, value in values.items()
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in values.items()
    }
