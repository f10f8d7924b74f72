"""Evidence that came after its call was settled without any."""

from __future__ import annotations

import json
from decimal import Decimal

from cellhub.charging import statements
from cellhub.charging.adjusting import Booked, Due, adjust
from cellhub.charging.books import Books
from cellhub.charging.prices import price_of, read_json
from cellhub.domain.rating import cost
from cellhub.domain.settlement import BOUND, LAST_SEEN

ACTOR = "agent"


def give_back(books: Books, call_id: str, seconds: Decimal) -> list[Booked]:
    """Give back what was charged for more than the real seconds, once, by entries of the ledger.

    Only a call that was settled at its bound, or by when it was last seen, knows less than the
    evidence; and nobody is charged more afterwards.
    """
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
    books.run(statements.TELL_LATE, {"call_id": call_id, "late": json.dumps({"late": told})})
    return booked


def _knows_less(source: str, charged: Decimal, seconds: Decimal) -> bool:
    return source in (BOUND, LAST_SEEN) and 0 <= seconds < charged
