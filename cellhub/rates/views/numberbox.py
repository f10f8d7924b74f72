"""The box that prices a number: read what was typed, and say what wins or what to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from cellhub.db.ids import read_id
from cellhub.domain.numbers import NumberError, normalise
from cellhub.rates.pricing import DeckPlace, Quote, quote, resold_cost

if TYPE_CHECKING:
    from pyramid.request import Request

MINUTE = "60"
LONGEST_CALL = 86_400


@dataclass(frozen=True, slots=True)
class NumberBox:
    """What was typed, and the answer or what is wrong with it."""

    number: str
    seconds: str
    problem: str = ""
    field: str = ""
    quote: Quote | None = None
    resold: Decimal | None = None


def number_box(request: Request, places: Sequence[DeckPlace], margin: Decimal | None) -> NumberBox:
    """Price the number in the address, if there is one, over decks."""
    number = request.GET.get("number", "").strip()
    seconds = request.GET.get("seconds", "").strip() or MINUTE
    if not number:
        return NumberBox(number, seconds)
    length = read_id(seconds)
    if length is None or not 1 <= length <= LONGEST_CALL:
        return NumberBox(number, seconds, f"Write whole seconds from 1 to {LONGEST_CALL}.", "seconds")
    try:
        answer = quote(request.dbsession, places, normalise(number), length)
    except NumberError as error:
        return NumberBox(number, seconds, str(error), "number")
    resold = None if margin is None else resold_cost(answer, margin)
    return NumberBox(number, seconds, quote=answer, resold=resold)
