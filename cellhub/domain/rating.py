"""What a number of seconds costs, and how many seconds an amount buys.

Seconds are the real seconds of the callee's leg as a Decimal with milliseconds.
``billed = initial + ceil((d - initial) / block) * block`` beyond the initial block, and
``cost = connect + billed * rate / 60``, rounded once, at the end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal, localcontext
from enum import StrEnum

from cellhub.domain.money import DECIMALS, EXACT, ZERO, Rounding, round_money, written

_MINUTE = 60
_SHOWN_BEYOND = 3


class BlockRule(StrEnum):
    """From where the blocks after the initial one are counted."""

    AFTER_INITIAL = "after_initial"
    FROM_ZERO = "from_zero"


@dataclass(frozen=True, slots=True)
class Price:
    """What a payer pays: ``rate`` a minute, blocks and ``minimum_seconds`` in seconds.

    A call shorter than ``minimum_seconds`` is free.
    """

    rate: Decimal
    initial_block: int = 0
    billing_block: int = 1
    connect_charge: Decimal = ZERO
    minimum_seconds: int = 0
    decimals: int = DECIMALS
    rounding: Rounding = Rounding.HALF_UP
    block_rule: BlockRule = BlockRule.AFTER_INITIAL

    def __post_init__(self) -> None:
        """Refuse what would make a longer call cheaper or a block endless."""
        if not (self.rate.is_finite() and self.rate >= 0):
            raise ValueError(f"rate: write 0 or more a minute, not {self.rate}.")
        if not (self.connect_charge.is_finite() and self.connect_charge >= 0):
            raise ValueError(f"connect_charge: write 0 or more, not {self.connect_charge}.")
        if self.initial_block < 0 or self.minimum_seconds < 0:
            raise ValueError("initial_block and minimum_seconds: write 0 or more seconds.")
        if self.billing_block < 1:
            raise ValueError(f"billing_block: write 1 second or more, not {self.billing_block}.")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the arithmetic; ``amount`` is the money of the line, if it has any."""

    label: str
    text: str
    amount: Decimal | None = None


def billed_seconds(seconds: Decimal | int, price: Price) -> int:
    """Round real seconds up to the blocks of a price; 0 means that the call is free."""
    if seconds <= 0 or seconds < price.minimum_seconds:
        return 0
    if seconds <= price.initial_block:
        return price.initial_block
    start = _blocks_start(price)
    return start + _blocks(seconds, price) * price.billing_block


def cost(seconds: Decimal | int, price: Price) -> Decimal:
    """Price real seconds; not answered, which is 0 seconds, costs nothing."""
    billed = billed_seconds(seconds, price)
    if billed == 0:
        return round_money(ZERO, price.decimals)
    with localcontext(EXACT):
        exact = price.connect_charge + price.rate * billed / _MINUTE
    return round_money(exact, price.decimals, price.rounding)


def steps(seconds: Decimal | int, price: Price) -> tuple[Step, ...]:
    """Spell out how :func:`cost` came to its result, line by line."""
    billed = billed_seconds(seconds, price)
    talked = Step("Talked", f"{seconds} s")
    if billed == 0:
        return talked, Step("Cost", _why_free(seconds, price), cost(seconds, price))
    return (
        talked,
        Step("Billed", _billed_text(seconds, price, billed)),
        Step("Minutes", f"{billed} s × {written(price.rate)} / 60", _minutes(billed, price)),
        Step("Connect charge", "once a call", price.connect_charge),
        Step("Cost", f"{_ROUNDED[price.rounding]} to {price.decimals} decimals", cost(seconds, price)),
    )


_ROUNDED = {
    Rounding.HALF_UP: "rounded half up",
    Rounding.UP: "rounded up",
    Rounding.DOWN: "rounded down",
}


def longest_affordable(amount: Decimal, price: Price, at_most: int) -> int:
    """Find the most whole seconds, up to ``at_most``, that an amount pays in full."""
    return longest_affordable_together(amount, (price,), at_most)


def longest_affordable_together(amount: Decimal, prices: Sequence[Price], at_most: int) -> int:
    """Find the most whole seconds, up to ``at_most``, that an amount pays at all of the prices."""

    def total(seconds: int) -> Decimal:
        return sum((cost(seconds, price) for price in prices), ZERO)

    if amount < 0:
        return 0
    if total(at_most) <= amount:
        return at_most  # as of nearly every call: no need to look further
    return bisect_right(range(1, at_most), amount, key=total)


def hold_for(seconds: int, price: Price) -> Decimal:
    """Say what to set aside for a call of up to so many seconds."""
    return cost(seconds, price)


def smallest_slice(price: Price) -> int:
    """Say below how many seconds it makes no sense to begin a call."""
    return max(1, price.initial_block, price.minimum_seconds)


def with_margin(price: Price, margin: Decimal) -> Price:
    """Add a reseller's margin, where 0.5 is 50 %, to rate and connect charge, unrounded."""
    with localcontext(EXACT):
        factor = 1 + margin
        return replace(price, rate=price.rate * factor, connect_charge=price.connect_charge * factor)


def _blocks_start(price: Price) -> int:
    return price.initial_block if price.block_rule is BlockRule.AFTER_INITIAL else 0


def _blocks(seconds: Decimal | int, price: Price) -> int:
    with localcontext(EXACT):
        beyond = Decimal(seconds) - _blocks_start(price)
        return int((beyond / price.billing_block).to_integral_value(ROUND_CEILING))


def _minutes(billed: int, price: Price) -> Decimal:
    with localcontext(EXACT):
        exact = price.rate * billed / _MINUTE
    return round_money(exact, price.decimals + _SHOWN_BEYOND)


def _billed_text(seconds: Decimal | int, price: Price, billed: int) -> str:
    if seconds <= price.initial_block:
        return f"initial block = {billed} s"
    blocks = f"{_blocks(seconds, price)} × {price.billing_block}"
    start = _blocks_start(price)
    return f"{start} + {blocks} = {billed} s" if start else f"{blocks} = {billed} s"


def _why_free(seconds: Decimal | int, price: Price) -> str:
    return "not answered" if seconds <= 0 else f"shorter than {price.minimum_seconds} s is free"
