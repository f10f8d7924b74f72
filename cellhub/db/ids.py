"""Ids as people and addresses write them."""

from __future__ import annotations

LARGEST_ID = 2**63 - 1
LONGEST_ID = len(str(LARGEST_ID))


def read_id(text: str) -> int | None:
    """Read a whole number that a ``bigint`` can hold; None for anything else.

    The length is judged first: Python refuses to read thousands of digits.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_ID):
        return None
    number = int(text)
    return number if number <= LARGEST_ID else None
