"""Amounts are read strictly and rounded once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellhub.domain.money import AmountError, Rounding, parse_amount, round_money

POINT = "Credit: write digits with at most one point, such as 12.50."
COMMA = "Credit: write a point for the decimals and no commas, such as 0.01."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Credit: write an amount, such as 12.50."),
        ("NaN", POINT),
        ("1e309", POINT),
        ("Infinity", POINT),
        ("٣", POINT),
        ("9o5", POINT),
        ("9" * 100_000, POINT),
        ("0,01", COMMA),
        ("1,000.00", COMMA),
        ("0.0000001", "Credit: write at most 6 decimals."),
        ("-5", "Credit: write 0 or more."),
        ("1000000000000000000", "Credit: write 1000000 or less."),
    ],
)
def test_a_wrong_amount_is_told_what_to_write(text: str, message: str) -> None:
    with pytest.raises(AmountError) as caught:
        parse_amount(text, field="Credit", minimum=0, maximum=1_000_000)
    assert str(caught.value) == message


def test_a_field_without_decimals_asks_for_a_whole_number() -> None:
    with pytest.raises(AmountError, match=r"^Days: write a whole number without decimals\.$"):
        parse_amount("1.5", field="Days", minimum=1, maximum=365, decimals=0)


@given(st.decimals(min_value=-1000, max_value=1000, places=6))
def test_a_written_amount_is_read_back_exactly(amount: Decimal) -> None:
    assert parse_amount(f" {amount:f} ", field="Credit", minimum=-1000, maximum=1000) == amount


@pytest.mark.parametrize(
    ("rounding", "expected"), [(Rounding.HALF_UP, "0.13"), (Rounding.UP, "0.13"), (Rounding.DOWN, "0.12")]
)
def test_a_half_goes_where_the_rounding_says(rounding: Rounding, expected: str) -> None:
    assert str(round_money(Decimal("0.125"), 2, rounding)) == expected
