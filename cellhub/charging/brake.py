"""The brake on fraud, as the LOAD statement tells it, and its pulling."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cellhub.charging import statements
from cellhub.charging.books import Books
from cellhub.db.notify import Topic, payloads
from cellhub.domain.fraud import Alarm, Behaviour, BrakeAction, Profile

ALARM, FREEZE = "alarm", "freeze"
"""What the history of the account calls it."""


@dataclass(frozen=True, slots=True)
class Brake:
    """What the caller's account may do, and what it did of late, once that has been counted."""

    profile: Profile
    seen: Behaviour


def read_brake(row: dict[str, Any] | None, number: str) -> Brake | None:
    """Read the section of the brake, for a call to ``number``; None where nobody has set one."""
    if row is None:
        return None
    spends = {name: Decimal(row[name]) for name in ("hourly_spend", "night_spend")}
    return Brake(Profile(**{**row, **spends, "action": BrakeAction(row["action"])}), Behaviour(number))


def pull(books: Books, alarm: Alarm, *, account_id: int, lineage: list[int], country: str) -> None:
    """Do what the profile says: tell it, freeze the account, and have its running calls ended.

    A second time changes nothing while the account is frozen.
    """
    freezes = alarm.action is not BrakeAction.NOTIFY
    values = {
        "account_id": account_id,
        "rule": alarm.rule,
        "reason": alarm.reason,
        "country": country,
        "deed": FREEZE if freezes else ALARM,
        "freezes": freezes,
        "hangs_up": alarm.action is BrakeAction.HANG_UP,
        "payloads": payloads(Topic.BALANCE, books.tenant_id, lineage),
    }
    books.run(statements.PULL, values)
