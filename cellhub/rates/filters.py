"""The filters of rates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from cellhub.rates.models import Rate
from cellhub.web.lists import Filter

Choices = Sequence[tuple[int, str]]

_PREFIX = re.compile(r"[0-9]{1,20}")


def rate_filters() -> tuple[Filter, ...]:
    """Filters within one deck."""
    return (
        Filter("prefix", "Prefix", _prefix, show=lambda typed: f"starts with {typed}"),
        Filter("destination", "Destination", _destination, show=lambda typed: f"has {typed}"),
    )


def tariff_filters(decks: Choices, trunks: Choices) -> tuple[Filter, ...]:
    """Filters over all decks; by trunk only for who may see trunks."""
    filters = (_reference("deck", "Rate Deck", Rate.deck_id, decks), *rate_filters())
    return (*filters, _reference("trunk", "Trunk", Rate.trunk_id, trunks)) if trunks else filters


def _prefix(typed: str) -> ColumnElement[bool]:
    if not _PREFIX.fullmatch(typed):
        raise ValueError("Write the first digits of the prefix, without + or blanks.")
    return Rate.prefix.startswith(typed)


def _destination(typed: str) -> ColumnElement[bool]:
    if not typed.isprintable():
        raise ValueError("Write a part of the name, without control characters.")
    return Rate.destination.icontains(typed, autoescape=True)


def _reference(name: str, label: str, column: InstrumentedAttribute[Any], choices: Choices) -> Filter:
    names = {str(id_): word for id_, word in choices}

    def criterion(typed: str) -> ColumnElement[bool]:
        if typed not in names:
            raise ValueError(f"Choose one of the {label}s in the list.")
        return column == int(typed)

    return Filter(
        name, label, criterion, choices=tuple(names.items()), show=lambda typed: names.get(typed, typed)
    )
