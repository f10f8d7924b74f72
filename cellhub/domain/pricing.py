"""What each payer of a call pays: from the top of the chain down, each by what the one above sells at.

The top account pays by its offers, its custom rates, and the decks: the SIP user's own or the
plan's, then the default one. Everybody below pays by its own offers and custom rates, else by
the deck of the reseller above it, else what that reseller pays itself, with its margin. An
offer is between two parties: what it makes free for one is no base for those below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cellhub.domain.money import ZERO
from cellhub.domain.rating import Price, with_margin
from cellhub.domain.schedule import Now
from cellhub.domain.selection import Candidate, Choice, RateSource, choose

FREE = Price(ZERO)


@dataclass(frozen=True, slots=True)
class Payee:
    """An account of the chain as one who buys and sells minutes.

    ``own`` are its offers and custom rates, ``sells`` the rates of the deck by which it sells
    to those directly below, ``margin`` what it adds to its own price where that has none.
    """

    account_id: int
    own: Sequence[Candidate] = ()
    sells: Sequence[Candidate] = ()
    margin: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one payer, and how it came: by a rate, or by the margin of the one above it."""

    account_id: int
    price: Price
    choice: Choice
    margin: Decimal | None = None

    @property
    def offer_id(self) -> int | None:
        """The offer that makes the call free, if one does."""
        winner = self.choice.winner
        return winner.rate_id if winner and winner.source is RateSource.OFFER else None


@dataclass(frozen=True, slots=True)
class Quotes:
    """The prices of all payers, top first; ``rate`` is what routes the call and names its destination.

    Without a price for everybody there is no ``rate``, and ``payers`` end where none was found.
    """

    rate: Candidate | None
    payers: tuple[Quote, ...]

    @property
    def prices(self) -> tuple[Price, ...]:
        """What each payer pays."""
        return tuple(one.price for one in self.payers)


def quote(
    number: str, decks: Sequence[Candidate], chain: Sequence[Payee], now: Now, *, own_deck: bool = False
) -> Quotes:
    """Price a call for each account of ``chain``, the first of which buys by the rates of ``decks``."""
    payers: list[Quote] = []
    base: Price | None = None
    sold, margin = decks, None
    for payee in chain:
        choice = choose(number, (*payee.own, *sold), now, own_deck=own_deck)
        found = choice.winner.price if choice.winner else _marked_up(base, margin)
        if found is None:
            return Quotes(None, (*payers, Quote(payee.account_id, FREE, choice)))
        payer = Quote(payee.account_id, found, choice, None if choice.winner else margin)
        payers.append(payer)
        if payer.offer_id is None:
            base = found
        else:
            paid = _without_offers(number, (*payee.own, *sold), now, own_deck=own_deck)
            base = paid or _marked_up(base, margin)
        sold, margin = payee.sells, payee.margin
    return Quotes(payers[0].choice.winner, tuple(payers))


def _marked_up(base: Price | None, margin: Decimal | None) -> Price | None:
    return None if base is None or margin is None else with_margin(base, margin)


def _without_offers(number: str, rates: Iterable[Candidate], now: Now, *, own_deck: bool) -> Price | None:
    paid = (one for one in rates if one.source is not RateSource.OFFER)
    winner = choose(number, paid, now, own_deck=own_deck).winner
    return winner.price if winner else None
