"""When something holds: dates, weekdays, hours and holidays on the tenant's clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

MINUTES_A_DAY = 24 * 60
EVERY_DAY = 0b1111111
"""All seven weekdays as bits; Monday is bit 0."""

_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = dt.timedelta(days=1)


class Holidays(StrEnum):
    """Whether a window holds on holidays as on other days, on no other, or on none."""

    ANY = "any"
    ONLY = "only"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Now:
    """A moment on the tenant's clock: ``at`` in its zone, and the holidays around it."""

    at: dt.datetime
    holidays: frozenset[dt.date] = frozenset()

    @property
    def minute(self) -> int:
        """Minutes since midnight on the wall's clock."""
        return self.at.hour * 60 + self.at.minute


@dataclass(frozen=True, slots=True)
class Window:
    """When a rate holds: ``[effective_from, effective_until)``, and hours of some days.

    Hours go from ``from_minute`` to ``until_minute``, not included; where the first is greater
    they pass midnight, and the part after it belongs to the day on which they began.
    """

    effective_from: dt.datetime | None = None
    effective_until: dt.datetime | None = None
    weekdays: int = EVERY_DAY
    from_minute: int = 0
    until_minute: int = MINUTES_A_DAY
    holidays: Holidays = Holidays.ANY

    @property
    def breadth(self) -> int:
        """Minutes a week, 0 for holidays alone: of two open windows the narrower wins."""
        if self.holidays is Holidays.ONLY:
            return 0
        hours = (self.until_minute - self.from_minute) % MINUTES_A_DAY or MINUTES_A_DAY
        return hours * self.weekdays.bit_count()

    @property
    def rank(self) -> tuple[int, float]:
        """Which of two open windows wins, the lower one: the narrower, then the one that began last."""
        began = -self.effective_from.timestamp() if self.effective_from else 0.0
        return self.breadth, began

    def why_closed(self, now: Now) -> str:
        """Say why the window is closed now; nothing when it is open."""
        if self.effective_from and now.at < self.effective_from:
            return f"holds from {self.effective_from:%Y-%m-%d %H:%M}"
        if self.effective_until and now.at >= self.effective_until:
            return f"held until {self.effective_until:%Y-%m-%d %H:%M}"
        day = self._day_of(now)
        if day is None:
            return f"holds {_clock(self.from_minute)} to {_clock(self.until_minute)}"
        return self._why_not_on(day, now)

    def _day_of(self, now: Now) -> dt.date | None:
        """The day whose hours run now; None outside of the hours."""
        today, minute = now.at.date(), now.minute
        if self.from_minute < self.until_minute:
            return today if self.from_minute <= minute < self.until_minute else None
        if minute >= self.from_minute:
            return today
        return today - _DAY if minute < self.until_minute else None

    def _why_not_on(self, day: dt.date, now: Now) -> str:
        if not self.weekdays >> day.weekday() & 1:
            return f"holds on {_days(self.weekdays)}"
        if self.holidays is Holidays.ONLY and day not in now.holidays:
            return "holds on holidays only"
        if self.holidays is Holidays.NEVER and day in now.holidays:
            return "does not hold on holidays"
        return ""


ALWAYS = Window()


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _days(weekdays: int) -> str:
    return ", ".join(name for place, name in enumerate(_NAMES) if weekdays >> place & 1)
