"""Amounts of money: exact decimals, rounded once and read strictly."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Context, Decimal, localcontext
from enum import StrEnum

ZERO = Decimal(0)
DECIMALS = 6

# A third of a cent has no end: a hundred digits keep it on the right side of every border.
EXACT = Context(prec=100)

_WRITTEN = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")


class Rounding(StrEnum):
    """Where an amount between two representable ones goes."""

    HALF_UP = "half_up"
    UP = "up"
    DOWN = "down"


_MODES = {Rounding.HALF_UP: ROUND_HALF_UP, Rounding.UP: ROUND_UP, Rounding.DOWN: ROUND_DOWN}


class AmountError(ValueError):
    """The text is no acceptable amount; the message names the field and what to write."""


def round_money(value: Decimal, decimals: int = DECIMALS, rounding: Rounding = Rounding.HALF_UP) -> Decimal:
    """Round to a number of decimals; the result has exactly that many."""
    with localcontext(EXACT):
        return value.quantize(Decimal(1).scaleb(-decimals), rounding=_MODES[rounding])


def parse_amount(
    text: str, *, field: str, minimum: Decimal | int, maximum: Decimal | int, decimals: int = DECIMALS
) -> Decimal:
    """Read an amount as people type it: digits and at most one point.

    Raises:
        AmountError: anything else, more decimals than allowed, or out of bounds.
    """
    amount = _read(text.strip(), field)
    if _decimals_of(text.strip()) > decimals:
        raise AmountError(f"{field}: {_at_most(decimals)}")
    if amount < minimum:
        raise AmountError(
            f"{field}: write {Decimal(minimum):f} or more." if minimum else f"{field}: write 0 or more."
        )
    if amount > maximum:
        raise AmountError(f"{field}: write {Decimal(maximum):f} or less.")
    return amount


def written(amount: Decimal) -> str:
    """Write an exact amount with six decimals, or with as many more as it has."""
    whole, _, decimals = f"{amount:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(DECIMALS, '0')}"


def _read(text: str, field: str) -> Decimal:
    if not text:
        raise AmountError(f"{field}: write an amount, such as 12.50.")
    if "," in text:
        raise AmountError(f"{field}: write a point for the decimals and no commas, such as 0.01.")
    if not _WRITTEN.fullmatch(text):
        raise AmountError(f"{field}: write digits with at most one point, such as 12.50.")
    # "-0" is an amount too; the sum makes it a plain 0.
    return EXACT.copy().add(Decimal(text), ZERO)


def _decimals_of(text: str) -> int:
    return len(text.partition(".")[2])


def _at_most(decimals: int) -> str:
    return f"write at most {decimals} decimals." if decimals else "write a whole number without decimals."
