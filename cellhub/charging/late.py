"""Evidence that came after its call was settled without any."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from cellhub.charging import statements
from cellhub.charging.adjusting import Booked, Due, adjust
from cellhub.charging.books import Books
from cellhub.charging.prices import price_of, read_json
from cellhub.charging.ways import read_buys
from cellhub.domain.rating import cost
from cellhub.domain.routing import Buy
from cellhub.domain.settlement import BOUND, LAST_SEEN, in_milliseconds

ACTOR = "agent"
NOTHING_BOUGHT = {"provider_id": None, "buy_difference": None}


def give_back(books: Books, call_id: str, seconds: Decimal) -> list[Booked]:
    """Give back what was charged for more than the real seconds, once, by entries of the ledger.

    The provider's charge is corrected with it, by a part of its own.
    Only a call that was settled at its bound, or by when it was last seen, knows less than the
    evidence; and nobody is charged more afterwards.
    """
    seconds = in_milliseconds(seconds)
    rows = books.run(statements.SETTLEMENT, {"call_id": call_id})
    settled = read_json(rows[0][0]) if rows else None
    if settled is None or not _knows_less(settled["source"], Decimal(settled["seconds"]), seconds):
        return []
    dues = [
        Due(call_id, one["account_id"], cost(seconds, price_of(one["price"]))) for one in settled["payers"]
    ]
    note = f"{seconds:.3f} s by late evidence, not {settled['seconds']} s ({settled['source']})"
    booked = adjust(books, dues, note=note, actor=ACTOR)
    told = {"seconds": f"{seconds:f}", "charged": settled["seconds"], "source": settled["source"]}
    buy = read_buys(settled["buys"]).get(settled["trunk"])
    bought = _bought_less(buy, seconds, Decimal(settled["seconds"])) if buy else NOTHING_BOUGHT
    books.run(statements.TELL_LATE, {"call_id": call_id, "late": json.dumps({"late": told}), **bought})
    return booked


def _bought_less(buy: Buy, seconds: Decimal, charged: Decimal) -> dict[str, Any]:
    difference = cost(seconds, buy.price) - cost(charged, buy.price)
    return {"provider_id": buy.provider_id, "buy_difference": difference}


def _knows_less(source: str, charged: Decimal, seconds: Decimal) -> bool:
    return source in (BOUND, LAST_SEEN) and 0 <= seconds < charged
