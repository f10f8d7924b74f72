"""What one deck would have charged, by its rates of now whose windows held at the moment of the call."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.db.tenancy import Tenant
from cellhub.domain.numbers import prefixes_of
from cellhub.domain.rating import Price
from cellhub.domain.schedule import Now
from cellhub.domain.selection import Candidate, choose
from cellhub.rates.models import Holiday, Rate, RateDeck
from cellhub.rates.pricing import DeckPlace, candidate


class DeckPrices:
    """Prices of one deck for many calls: a prefix that was read once is not read again."""

    def __init__(self, session: Session, tenant_id: int, deck_id: int) -> None:
        self._deck = session.get_one(RateDeck, (tenant_id, deck_id))
        self._zone = ZoneInfo(session.get_one(Tenant, tenant_id).time_zone)
        days = session.scalars(select(Holiday.day).where(Holiday.tenant_id == tenant_id))
        self._holidays = frozenset(days)
        self._rates: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._read: set[str] = set()

    def read(self, session: Session, numbers: Iterable[str]) -> None:
        """Read the rates that calls to these numbers may be priced by."""
        missing = {prefix for number in numbers for prefix in prefixes_of(number)} - self._read
        self._read |= missing
        mine = Rate.tenant_id == self._deck.tenant_id, Rate.deck_id == self._deck.id
        for rate in session.scalars(select(Rate).where(*mine, Rate.prefix.in_(sorted(missing)))):
            self._rates[rate.prefix].append(candidate(rate, DeckPlace(self._deck)))
            session.expunge(rate)

    def price(self, number: str, at: dt.datetime) -> Price | None:
        """The price of a number that was read, at a moment; None when no rate knows it."""
        rates = [rate for prefix in prefixes_of(number) for rate in self._rates.get(prefix, ())]
        winner = choose(number, rates, Now(at.astimezone(self._zone), self._holidays)).winner
        return winner.price if winner else None
