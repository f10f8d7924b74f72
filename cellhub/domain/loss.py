"""Which of two prices is the dearer one, and whether a call costs us more than it is sold for.

Prices differ in blocks, connect charges and seconds that are free, so that one may be the
dearer for short calls and the cheaper for long ones. They are compared by what a call of a
typical length costs, rounded as it would be charged.
"""

from __future__ import annotations

from decimal import Decimal

from cellhub.domain.rating import Price, cost

TYPICAL_SECONDS = 60


def typical_cost(price: Price, seconds: int = TYPICAL_SECONDS) -> Decimal:
    """Say what a call of a typical length costs, or the shortest longer one that is not free."""
    return cost(max(seconds, price.minimum_seconds), price)


def loses(buy: Price, sell: Price) -> bool:
    """Say whether a call of a typical length costs us more than it is sold for."""
    seconds = _compared(buy, sell)
    return typical_cost(buy, seconds) > typical_cost(sell, seconds)


def _compared(buy: Price, sell: Price) -> int:
    """The seconds by which two prices are compared: neither gives them away."""
    return max(TYPICAL_SECONDS, buy.minimum_seconds, sell.minimum_seconds)


def why_loss(buy: Price, sell: Price) -> str:
    """Say what the call costs and what is paid for it."""
    seconds = _compared(buy, sell)
    paid, charged = typical_cost(sell, seconds), typical_cost(buy, seconds)
    return f"loss: {seconds} s cost {charged:f} and are sold for {paid:f}"
