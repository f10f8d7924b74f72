"""How figures, money, durations and times are written: the same in every list, page and title."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

MINUS = "−"
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "TRY": "₺"}
_MINUTE = 60
_HOUR = 3600
_FEW_MINUTES = 10

RATE_PLACES = 6
COST_PLACES = 4
BALANCE_PLACES = 2


def money(amount: Decimal | int, places: int = BALANCE_PLACES, currency: str = "") -> str:
    """Write an amount with fixed decimals, half up: `$1,204.47`, `−0.098500`, `XOF 12.00`."""
    rounded = Decimal(amount).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    sign = MINUS if rounded < 0 else ""
    return f"{sign}{_prefix(currency)}{abs(rounded):,}"


def _prefix(currency: str) -> str:
    return _SIGNS.get(currency, f"{currency} ") if currency else ""


def sign(currency: str) -> str:
    """Write a currency for the head of a column: `$`, or its code where it has no sign of its own."""
    return _SIGNS.get(currency, currency)


def rate(amount: Decimal | int, currency: str = "") -> str:
    return money(amount, RATE_PLACES, currency)


def cost(amount: Decimal | int, currency: str = "") -> str:
    return money(amount, COST_PLACES, currency)


def balance(amount: Decimal | int, currency: str = "") -> str:
    return money(amount, BALANCE_PLACES, currency)


def count(number: int) -> str:
    """Write a whole number with its thousands apart."""
    return f"{number:,}".replace("-", MINUS)


def duration(seconds: float | Decimal | timedelta) -> str:
    """Write `m:ss`, from an hour on `h:mm:ss`; fractions of a second are cut off, not rounded up."""
    total = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
    whole = int(total)
    if whole >= _HOUR:
        return f"{whole // _HOUR}:{whole % _HOUR // _MINUTE:02}:{whole % _MINUTE:02}"
    return f"{whole // _MINUTE}:{whole % _MINUTE:02}"


def minutes(seconds: Decimal | int) -> str:
    """Write seconds as minutes: whole ones, below ten with one decimal, so that little is not nothing."""
    exact = Decimal(seconds) / _MINUTE
    return f"{exact:.1f}" if 0 < exact < _FEW_MINUTES else count(int(exact))


def plural(number: int, one: str, many: str = "") -> str:
    """Count things: `1 call`, `6,766 calls`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def percent(part: float | Decimal, whole: float | Decimal, places: int = 1) -> str:
    """Write a share as `60.2 %`, or nothing when there is no base to take it of."""
    if not whole:
        return ""
    return f"{100 * Decimal(part) / Decimal(whole):.{places}f} %"


def clock_time(moment: datetime, zone: str = "UTC") -> str:
    return f"{_in(moment, zone):%H:%M:%S}"


def day_time(moment: datetime, zone: str = "UTC") -> str:
    return f"{_in(moment, zone):%-d %b %H:%M:%S}"


def full_time(moment: datetime, zone: str = "UTC") -> str:
    return f"{_in(moment, zone):%-d %b %Y, %H:%M:%S}"


def day(moment: datetime | date, zone: str = "UTC") -> str:
    local = _in(moment, zone) if isinstance(moment, datetime) else moment
    return f"{local:%-d %b %Y}"


def utc(moment: datetime) -> str:
    """Write the moment for a machine: the `datetime` of a <time>, the start of a counted duration."""
    return _in(moment, "UTC").isoformat().replace("+00:00", "Z")


def utc_hint(moment: datetime) -> str:
    return f"{_in(moment, 'UTC'):%-d %b %Y, %H:%M:%S} UTC"


def zone_offset(moment: datetime, zone: str = "UTC") -> str:
    """Write how far the zone is from UTC then: `UTC+3`, `UTC−4:30`, `UTC`."""
    minutes = int(_in(moment, zone).utcoffset().total_seconds()) // _MINUTE  # type: ignore[union-attr]
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), _MINUTE)
    return f"UTC{'+' if minutes > 0 else MINUS}{hours}{f':{rest:02}' if rest else ''}"


def _in(moment: datetime, zone: str) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone: read it from the database as timestamptz")
    return moment.astimezone(ZoneInfo(zone))


def now() -> datetime:
    return datetime.now(UTC)


FILTERS: dict[str, Callable[..., Any]] = {
    "money": money,
    "sign": sign,
    "rate": rate,
    "cost": cost,
    "balance": balance,
    "count": count,
    "duration": duration,
    "minutes": minutes,
    "plural": plural,
    "percent": percent,
    "clock_time": clock_time,
    "day_time": day_time,
    "full_time": full_time,
    "day": day,
    "utc": utc,
    "utc_hint": utc_hint,
    "zone_offset": zone_offset,
}
