"""Calls that were sold, and the words to have them priced again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from cellhub.accounts.audit import Actor
from cellhub.charging.adjusting import Range
from cellhub.charging.settling import settle_call
from cellhub.db.scope import Scope, enter_scope
from cellhub.money.proof import INVARIANTS
from cellhub.money.rerating import Order, rerate
from tests.fixtures.shop import talked

TALKED = "61.400"
# 905 at 0.048 a minute, 60/60, no connect charge: 61.4 s are 120 s.
DEARER, DEARER_RESOLD = Decimal("0.096000"), Decimal("0.120000")
WHOLESALE, RETAIL = Decimal("0.028400"), Decimal("0.035500")
ALWAYS = Range(dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC))


def sell(shop, endpoint="", seconds=TALKED):
    """A call from its check to its settlement; its id."""
    granted = shop.call(endpoint)
    assert settle_call(shop.books, granted.payers, talked(granted, seconds))
    return granted.request.call_id


def actor(shop):
    return Actor(shop.company.tenant.id, "Ada")


def priced(sessions, order, adjuster=None):
    """The report, and each difference as call, account, old, new."""
    found = []
    report = rerate(sessions, order, found=found.append, adjuster=adjuster)
    return report, [(one.call.call_id, one.payer.account_id, one.payer.old, one.payer.new) for one in found]


def by_deck(deck, calls=ALWAYS, **given):
    return Order(calls, deck, "corrected", **given)


def adjustments(shop):
    return shop.rows(
        "SELECT account_id, reason, amount, actor FROM ledger_entry WHERE kind = 'adjustment' "
        "AND reason LIKE 'adjust:%' ORDER BY id"
    )


def drifts(shop):
    with shop.factory.begin() as session:
        enter_scope(session, Scope.platform())
        # The factory's own records were never booked, so the sums of days are no proof here.
        return [drift for one in INVARIANTS if one.number != 6 for drift in one.drifts(session)]
