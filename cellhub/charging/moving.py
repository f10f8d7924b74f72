"""A call whose attempt failed moves to its next trunk: it takes a place there and leaves the other."""

from __future__ import annotations

import json

from cellhub.charging import statements
from cellhub.charging.books import Books

FULL = "full when its turn came"


def take_place(books: Books, call_id: str, trunk: str) -> bool:
    """Let a call that nobody answered yet count for another trunk, if its caps have room; else nothing moves.

    Raises:
        DatabaseAway: nothing is known.
    """
    skip = json.dumps([{"trunk": trunk, "reason": FULL}])
    [(moved,)] = books.run(statements.MOVE, {"call_id": call_id, "trunk": trunk, "skip": skip})
    return bool(moved)
