"""Price every answered call of some days again, by its prices of then or by a chosen deck.

By the prices of then each call must give the very cost that the ledger charged: a check of
the books. A chosen deck stands in for the decks that priced the topmost payer; margins apply
to it as they did then, while offers, custom rates and resellers' own decks stay as they were.
With adjusting, the difference is booked: each batch of calls is one transaction with its
audit entry, so a run that is broken off has done whole batches, and the next one the rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, record_deed
from cellhub.charging.adjusting import (
    Booked,
    Due,
    Finished,
    Range,
    adjust,
    finished_calls,
    invoiced_calls,
)
from cellhub.charging.books import SessionBooks
from cellhub.db.notify import Topic, publish
from cellhub.domain.money import ZERO
from cellhub.domain.rerating import Repriced, Sums, price_again
from cellhub.domain.selection import RateSource
from cellhub.rates.repricing import DeckPrices

BATCH = 500
DECKS = (RateSource.SIP_USER, RateSource.PLAN, RateSource.DEFAULT)
"""What a chosen deck stands in for."""

Sessions = Callable[[], AbstractContextManager[Session]]
"""Gives a transaction in the tenant's scope, committed at its end."""


class Invoiced(Exception):
    """Calls of the range are on an invoice, which nobody changes any more."""

    def __init__(self, call_ids: Sequence[str]) -> None:
        super().__init__(f"{len(call_ids)} calls are on an invoice.")
        self.call_ids = call_ids


@dataclass(frozen=True, slots=True)
class Order:
    """Which calls are priced again, and by what: a deck, or the prices of then."""

    calls: Range
    deck_id: int | None = None
    deck_name: str = ""
    batch: int = BATCH

    @property
    def by(self) -> str:
        """By what, in words."""
        return f"by the deck {self.deck_name}" if self.deck_id else "by the prices of then"


@dataclass(frozen=True, slots=True)
class Difference:
    """An account that would pay something else for a call."""

    call: Finished
    payer: Repriced


@dataclass(slots=True)
class Report:
    """What came of it: ``top`` sums up what the topmost payers pay us, ``all`` what each payer pays.

    ``unpriced`` counts calls that stay as they are, since nobody kept their prices or the
    deck has no rate for them; ``kept`` those that no deck priced then.
    """

    calls: int = 0
    unpriced: int = 0
    kept: int = 0
    differing: int = 0
    top: Sums = field(default_factory=Sums)
    all: Sums = field(default_factory=Sums)
    entries: int = 0
    adjusted: Decimal = ZERO

    def add(self, payers: Sequence[Repriced]) -> None:
        """Take a call in."""
        self.top = self.top.plus(payers[0])
        for payer in payers:
            self.all = self.all.plus(payer)
        self.differing += any(payer.difference for payer in payers)


Found = Callable[[Difference], None]


def rerate(sessions: Sessions, order: Order, *, found: Found, adjuster: Actor | None = None) -> Report:
    """Price the calls again and tell each difference to ``found``; book it when there is an ``adjuster``.

    Raises:
        Invoiced: something would be booked, and calls of the range are on an invoice.
    """
    if adjuster:
        with sessions() as session:
            _refuse(invoiced_calls(SessionBooks(session), order.calls))
    report, last = Report(), None
    prices = _deck_prices(sessions, order)
    while True:
        with sessions() as session:
            batch = finished_calls(SessionBooks(session), order.calls, last, order.batch)
            if not batch:
                return report
            differences = list(_judge(session, batch, prices, report))
            if adjuster:
                _refuse([call.call_id for call in batch if call.invoice_id is not None])
                _book(session, order, differences, report, adjuster)
        for difference in differences:
            found(difference)
        last = batch[-1]


def _refuse(call_ids: Sequence[str]) -> None:
    if call_ids:
        raise Invoiced(call_ids)


def _deck_prices(sessions: Sessions, order: Order) -> DeckPrices | None:
    if order.deck_id is None:
        return None
    with sessions() as session:
        return DeckPrices(session, SessionBooks(session).tenant_id, order.deck_id)


def _judge(
    session: Session, batch: Sequence[Finished], prices: DeckPrices | None, report: Report
) -> Iterator[Difference]:
    if prices:
        prices.read(session, {call.number for call in batch})
    for call in batch:
        report.calls += 1
        payers = _priced(call, prices, report)
        if payers:
            report.add(payers)
            yield from (Difference(call, payer) for payer in payers if payer.difference)


def _priced(call: Finished, prices: DeckPrices | None, report: Report) -> tuple[Repriced, ...]:
    if not call.payers:
        report.unpriced += 1
        return ()
    if prices is None:
        return price_again(call.seconds, call.payers)
    if call.source not in DECKS:
        report.kept += 1
        return _as_charged(call)
    top = prices.price(call.number, call.started_at)
    if top is None:
        report.unpriced += 1
        return _as_charged(call)
    return price_again(call.seconds, call.payers, top)


def _as_charged(call: Finished) -> tuple[Repriced, ...]:
    charged = {payer.account_id: payer.charged for payer in call.payers}
    return tuple(Repriced(account, amount, amount) for account, amount in charged.items())


def _book(
    session: Session, order: Order, differences: Sequence[Difference], report: Report, actor: Actor
) -> None:
    dues = [Due(one.call.call_id, one.payer.account_id, one.payer.new) for one in differences]
    entries = adjust(SessionBooks(session), dues, note=f"priced again {order.by}", actor=actor.name)
    if not entries:
        return
    report.entries += len(entries)
    report.adjusted += sum((entry.amount for entry in entries), ZERO)
    calls = len({entry.call_id for entry in entries})
    name = f"{calls} call{'s' if calls > 1 else ''}"
    record_deed(session, actor, "rerate", "cdr", name, changes=_told(order, entries))
    publish(session, Topic.BALANCE, actor.tenant_id, {entry.account_id for entry in entries})


def _told(order: Order, entries: Sequence[Booked]) -> dict[str, str]:
    return {
        "from": order.calls.since.isoformat(),
        "until": order.calls.until.isoformat(),
        "by": order.by,
        "amount": f"{sum((entry.amount for entry in entries), ZERO):f}",
        "first": entries[0].call_id,
        "last": entries[-1].call_id,
    }


def whole_days(first: dt.date, last: dt.date, zone: dt.tzinfo) -> tuple[dt.datetime, dt.datetime]:
    """The moments from the beginning of one day to the end of another, on a clock."""
    day = dt.timedelta(days=1)
    start, end = (dt.datetime.combine(one, dt.time(), zone) for one in (first, last + day))
    return start, end
