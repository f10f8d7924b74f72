"""After which answers of a trunk the next one is tried."""

from __future__ import annotations

import re

FAILOVER_CODES = {
    "100": "the ring limit passed and the trunk neither rang nor refused",
    "401": "the trunk does not accept our credentials",
    "403": "the trunk does not accept us",
    "407": "the trunk's proxy does not accept our credentials",
    "408": "the trunk did not answer in time",
    "5..": "the trunk failed",
}
"""After which last SIP code of an attempt the next trunk is tried; a point is any digit.

No code at all, when no channel was made, goes on too. Every other code stops the search.
A group's own list stands in for these.
"""

STOP_CODES = {
    "180": "it rang and nobody answered",
    "183": "it played a tone and nobody answered",
    "302": "it sent the call elsewhere, where nobody has priced it",
    "404": "the number does not exist",
    "480": "the callee cannot be reached",
    "484": "the number is incomplete",
    "486": "the callee is busy",
    "487": "the call was cancelled",
    "600": "the callee is busy everywhere",
    "603": "the callee declined",
    "604": "the number exists nowhere",
}
"""What the last SIP code of an attempt says when the search ends there."""

SILENCE = "100"
"""A trunk that said nothing until its ring limit is followed by the next, whatever a list says."""

_LISTED_CODE = re.compile("[1-6][0-9.]{2}")


class FailoverError(ValueError):
    """A list of failover codes cannot be read; the message says what would be right."""


def failover_codes(codes: str) -> tuple[str, ...]:
    """Read a group's list as ``503,5..,408``, where a point is any digit; empty is the common list.

    Raises:
        FailoverError: one of them is no SIP code.
    """
    if not codes:
        return tuple(FAILOVER_CODES)
    listed = codes.split(",")
    for code in listed:
        if not _LISTED_CODE.fullmatch(code):
            raise FailoverError(
                f"{code!r} is no SIP code. Write three digits such as 503, or 5.. for all that begin with 5."
            )
    return tuple(dict.fromkeys((SILENCE, *listed)))


def failover_pattern(codes: str = "") -> str:
    """Write the codes of a list, or the common ones, as a regular expression for the dialplan.

    Raises:
        FailoverError: one of them is no SIP code.
    """
    return f"^({'|'.join(failover_codes(codes))})$"


def goes_on(code: int | None, rang: bool = False, codes: str = "") -> bool:
    """Say whether the next trunk is tried after an attempt that was not answered.

    ``code`` is the last SIP code seen, None when there was none; a phone that ``rang``
    without a final answer ends the search. ``codes`` is a group's own list.
    """
    if rang and code in (None, int(SILENCE)):
        return False
    return code is None or re.fullmatch(failover_pattern(codes), str(code)) is not None
