"""Which country a number is in, by its calling code."""

from __future__ import annotations

# All others have three digits.
_SHORT = (
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 "
    "60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98"
)
# The islands that share +1 with the mainland of North America are dearer, and loved by fraud.
_AREAS = (
    "242 246 264 268 284 340 345 441 473 649 658 664 670 671 684 721 758 767 784 787 809 829 849 868 869 "
    "876 939"
)
_ONE_OR_TWO, _ISLANDS = frozenset(_SHORT.split()), frozenset(_AREAS.split())


def calling_code(number: str) -> str:
    """Give the calling code of an E.164 number; of an island behind +1 with its area, such as 1876."""
    if number.startswith("1") and number[1:4] in _ISLANDS:
        return number[:4]
    return next((number[:length] for length in (1, 2) if number[:length] in _ONE_OR_TWO), number[:3])
