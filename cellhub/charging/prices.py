"""Prices and steps as JSON: amounts are strings there, so that no reader makes them floats."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from cellhub.domain.money import DECIMALS, Rounding, written
from cellhub.domain.rating import BlockRule, Price, Step


def price_of(row: Mapping[str, Any]) -> Price:
    """Read a price from a rate's columns or from what :func:`as_json` wrote.

    A custom rate has no deck, and so the common rules of one.
    """
    return Price(
        rate=Decimal(row["rate"]),
        initial_block=row["initial_block"],
        billing_block=row["billing_block"],
        connect_charge=Decimal(row["connect_charge"]),
        minimum_seconds=row.get("minimum_seconds", 0),
        decimals=row.get("decimals", DECIMALS),
        rounding=Rounding(row.get("rounding", Rounding.HALF_UP)),
        block_rule=BlockRule(row.get("block_rule", BlockRule.AFTER_INITIAL)),
    )


def as_json(price: Price) -> dict[str, Any]:
    """Write a price so that :func:`price_of` reads the very same."""
    return {
        "rate": f"{price.rate:f}",
        "initial_block": price.initial_block,
        "billing_block": price.billing_block,
        "connect_charge": f"{price.connect_charge:f}",
        "minimum_seconds": price.minimum_seconds,
        "decimals": price.decimals,
        "rounding": price.rounding.value,
        "block_rule": price.block_rule.value,
    }


def steps_as_json(steps: Iterable[Step]) -> list[dict[str, str | None]]:
    """Write the lines of a price's arithmetic."""
    return [
        {
            "label": step.label,
            "text": step.text,
            "amount": None if step.amount is None else written(step.amount),
        }
        for step in steps
    ]


def amount(value: int | str | Decimal | None) -> Decimal | None:
    """Read an amount of JSON, as a number or as text; null is none."""
    return None if value is None else Decimal(value)


def read_json(text: str) -> Any:
    """Read JSON of PostgreSQL; a number with a point becomes a Decimal."""
    return json.loads(text, parse_float=Decimal)
