"""What a call that is charged would cost by other prices, for each payer of its chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cellhub.domain.money import ZERO
from cellhub.domain.rating import Price, cost, with_margin


@dataclass(frozen=True, slots=True)
class Paid:
    """What a payer was charged for a call, corrections included, and the price of then.

    ``account_id`` is whose money it was: of a group's purse where the payer shares one, so that
    it may stand there twice, and ``charged`` is then what was charged for both. ``margin`` is
    what the payer paid on the price of the one above; None when its price was its own.
    """

    account_id: int
    price: Price
    charged: Decimal
    margin: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Repriced:
    """What an account was charged for a call, and what it would be."""

    account_id: int
    old: Decimal
    new: Decimal

    @property
    def difference(self) -> Decimal:
        """What it would pay more."""
        return self.new - self.old


def price_again(seconds: Decimal, payers: Sequence[Paid], top: Price | None = None) -> tuple[Repriced, ...]:
    """Price a call again by the prices of then, or with ``top`` as what the topmost payer pays.

    A margin of then applies to the new price of the one above. A payer that had a price of its
    own (an offer, a custom rate, its reseller's deck) keeps it, and so do all below that one.
    """
    prices = [payer.price for payer in payers] if top is None else _below(payers, top)
    new = [cost(seconds, price) for price in prices]
    charged = {payer.account_id: payer.charged for payer in payers}
    dues = due_from([payer.account_id for payer in payers], new)
    return tuple(Repriced(account, charged[account], due) for account, due in dues.items())


def due_from(accounts: Iterable[int], costs: Iterable[Decimal]) -> dict[int, Decimal]:
    """Add up what each account is due, the topmost first: a purse pays for all who share it."""
    dues: dict[int, Decimal] = {}
    for account, amount in zip(accounts, costs, strict=True):
        dues[account] = dues.get(account, ZERO) + amount
    return dues


def _below(payers: Sequence[Paid], top: Price) -> list[Price]:
    prices, base = [top], top
    for place, payer in enumerate(payers[1:], start=1):
        if payer.margin is None:
            return prices + [one.price for one in payers[place:]]
        base = with_margin(base, payer.margin)
        prices.append(base)
    return prices


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of old and new charges."""

    old: Decimal = ZERO
    new: Decimal = ZERO

    def plus(self, one: Repriced) -> Sums:
        """The sums with one payer more."""
        return Sums(self.old + one.old, self.new + one.new)

    @property
    def difference(self) -> Decimal:
        """How much more is paid."""
        return self.new - self.old
