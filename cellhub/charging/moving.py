"""A call whose attempt failed moves to its next trunk: it takes a place there and leaves the other."""

from __future__ import annotations

import json

from cellhub.charging import statements
from cellhub.charging.books import Books

FULL = "full when its turn came"


def take_place(books: Books, call_id: str, trunk: str) -> bool:
    """Let a call that rings nowhere yet count for another trunk, if its caps have room; False changes nothing.

    Raises:
        DatabaseAway: nothing is known.
    """
    skip = json.dumps([{"trunk": trunk, "reason": FULL}])
    # The lock of every trunk is that of one with a cap.
    values = {"call_id": call_id, "trunk": trunk, "skip": skip, "trunk_cap": 1, "trunk_pace": 0}
    [(moved,)] = books.run(statements.MOVE, values)
    return bool(moved)
