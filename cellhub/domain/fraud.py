"""The brake on fraud: what an account did of late against what it may do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cellhub.domain.money import ZERO


class BrakeAction(StrEnum):
    """What the brake does; each one does what those before it do."""

    NOTIFY = "notify"
    BLOCK = "block"
    HANG_UP = "hang_up"


@dataclass(frozen=True, slots=True)
class Profile:
    """Limits of an account; 0 is none. Minutes of the night are on the account's clock."""

    calls_per_minute: int = 0
    hourly_destinations: int = 0
    hourly_spend: Decimal = ZERO
    night_spend: Decimal = ZERO
    night_from: int = 0
    night_until: int = 0
    new_country: bool = False
    premium_prefixes: Sequence[str] = ()
    action: BrakeAction = BrakeAction.BLOCK

    @property
    def counts(self) -> bool:
        """Whether it stops a call for how many there were, so that two must not be judged at once."""
        return self.action is not BrakeAction.NOTIFY and (
            self.calls_per_minute > 0 or self.hourly_destinations > 0
        )


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What an account does: the number it calls now, and what it did before.

    ``known_country`` is False when it calls a country for the first time; the destinations are
    numbers other than this one; what running calls hold counts as spent; ``minute`` is the
    minute of the day on its own clock.
    """

    number: str
    known_country: bool = True
    calls_last_minute: int = 0
    destinations_last_hour: int = 0
    spent_last_hour: Decimal = ZERO
    minute: int = 0


@dataclass(frozen=True, slots=True)
class Alarm:
    """The rule that was broken, a sentence for people, and what is to be done."""

    rule: str
    reason: str
    action: BrakeAction


def judge(profile: Profile, seen: Behaviour) -> Alarm | None:
    """Find the first rule that an account breaks."""
    for name, rule in RULES.items():
        if reason := rule(profile, seen):
            return Alarm(name, reason, profile.action)
    return None


def is_night(profile: Profile, minute: int) -> bool:
    """Say whether a minute lies in the profile's night, which may pass midnight."""
    start, end = profile.night_from, profile.night_until
    if start <= end:
        return start <= minute < end
    return minute >= start or minute < end


def _premium(profile: Profile, seen: Behaviour) -> str:
    hit = next((prefix for prefix in profile.premium_prefixes if seen.number.startswith(prefix)), "")
    return f"{seen.number} begins with the premium prefix {hit}." if hit else ""


def _new_country(profile: Profile, seen: Behaviour) -> str:
    first = profile.new_country and not seen.known_country
    return f"{seen.number} is in a country that the account never called before." if first else ""


def _calls(profile: Profile, seen: Behaviour) -> str:
    most, calls = profile.calls_per_minute, seen.calls_last_minute
    return f"{calls} calls within a minute, {most} are allowed." if 0 < most <= calls else ""


def _destinations(profile: Profile, seen: Behaviour) -> str:
    most, called = profile.hourly_destinations, seen.destinations_last_hour
    return f"{called} different numbers within an hour, {most} are allowed." if 0 < most <= called else ""


def _spend(profile: Profile, seen: Behaviour) -> str:
    night = is_night(profile, seen.minute) and profile.night_spend > 0
    most = profile.night_spend if night else profile.hourly_spend
    when = "at night" if night else "within an hour"
    return (
        f"{seen.spent_last_hour:f} spent {when}, {most:f} is allowed."
        if 0 < most <= seen.spent_last_hour
        else ""
    )


RULES: dict[str, Callable[[Profile, Behaviour], str]] = {
    "premium_prefix": _premium,
    "new_country": _new_country,
    "calls_per_minute": _calls,
    "hourly_destinations": _destinations,
    "spend": _spend,
}
"""The rules in the order in which they are judged: what a number is comes before how many there were."""
