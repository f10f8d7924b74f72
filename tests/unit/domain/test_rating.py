"""The price of a call equals an oracle in exact fractions."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellhub.domain.money import ZERO, Rounding
from cellhub.domain.rating import (
    BlockRule,
    Price,
    Step,
    billed_seconds,
    cost,
    hold_for,
    longest_affordable,
    steps,
    with_margin,
)
from tests.fixtures.oracle import BLOCK_RULES, ROUNDINGS, Tariff

amounts = st.decimals(min_value=0, max_value=100, places=6)
prices = st.builds(
    Price,
    rate=amounts,
    initial_block=st.sampled_from([0, 1, 6, 30, 60, 61]),
    billing_block=st.sampled_from([1, 6, 7, 30, 60]),
    connect_charge=amounts,
    minimum_seconds=st.sampled_from([0, 1, 5, 40]),
    decimals=st.integers(0, 6),
    rounding=st.sampled_from(Rounding),
    block_rule=st.sampled_from(BlockRule),
)
seconds = st.decimals(min_value=-1, max_value=4000, places=3)


@st.composite
def talks(draw: st.DrawFn) -> tuple[Decimal, Price]:
    """A price and seconds, often on a border of its blocks."""
    price = draw(prices)
    border = draw(st.sampled_from([0, 1, price.initial_block, price.initial_block + price.billing_block]))
    near = st.sampled_from([-1, Decimal("-0.001"), 0, Decimal("0.001"), 1]).map(
        lambda off: Decimal(border) + off
    )
    return draw(st.one_of(near, seconds)), price


def as_tariff(price: Price) -> Tariff:
    """The same price for the oracle, in plain numbers and words."""
    return Tariff(
        price.rate,
        price.connect_charge,
        price.initial_block,
        price.billing_block,
        str(price.block_rule),
        price.minimum_seconds,
        price.decimals,
        str(price.rounding),
    )


def assert_equals_the_oracle(talked: Decimal, price: Price, tariff: Tariff, margin: Decimal = ZERO) -> None:
    result = cost(talked, with_margin(price, margin))
    decimals = -int(result.as_tuple().exponent)
    assert (Fraction(result), decimals) == (tariff.cost(talked, margin), tariff.decimals)


@settings(max_examples=1000)
@given(talks(), st.decimals(min_value=0, max_value=3, places=6))
def test_invariant_7_the_price_equals_exact_fractions(talk: tuple[Decimal, Price], margin: Decimal) -> None:
    talked, price = talk
    assert_equals_the_oracle(talked, price, as_tariff(price), margin)


@pytest.mark.parametrize("rule", BLOCK_RULES)
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_invariant_7_the_price_equals_exact_fractions_on_every_border(rule: str, rounding: str) -> None:
    for initial, block, minimum, decimals in product((0, 1, 30, 61), (1, 6, 60), (0, 1, 40), (0, 2, 6)):
        rate, connect = Decimal("0.333335"), Decimal("0.000005")
        tariff = Tariff(rate, connect, initial, block, rule, minimum, decimals, rounding)
        price = Price(
            *(rate, initial, block, connect, minimum, decimals),
            rounding=Rounding(rounding),
            block_rule=BlockRule(rule),
        )
        for talked in tariff.borders:
            assert_equals_the_oracle(talked, price, tariff)


@settings(max_examples=1000)
@given(prices, seconds, seconds)
def test_invariant_8_a_longer_call_never_costs_less(price: Price, one: Decimal, other: Decimal) -> None:
    assert cost(min(one, other), price) <= cost(max(one, other), price)


@given(prices, amounts, st.integers(0, 400))
def test_one_second_more_than_the_longest_affordable_is_not_paid(
    price: Price, amount: Decimal, most: int
) -> None:
    longest = longest_affordable(amount, price, most)
    assert hold_for(longest, price) <= amount
    assert longest == most or hold_for(longest + 1, price) > amount


def test_a_debt_affords_nothing_even_if_the_call_is_free() -> None:
    assert longest_affordable(Decimal("-0.01"), Price(Decimal(0)), 60) == 0


@pytest.mark.parametrize(
    ("rule", "talked", "billed"),
    [
        (BlockRule.AFTER_INITIAL, "0", 0),
        (BlockRule.AFTER_INITIAL, "0.001", 30),
        (BlockRule.AFTER_INITIAL, "30", 30),
        (BlockRule.AFTER_INITIAL, "30.001", 90),
        (BlockRule.AFTER_INITIAL, "45", 90),
        (BlockRule.AFTER_INITIAL, "90.001", 150),
        (BlockRule.FROM_ZERO, "30", 30),
        (BlockRule.FROM_ZERO, "45", 60),
        (BlockRule.FROM_ZERO, "60.001", 120),
    ],
)
def test_seconds_are_billed_in_blocks(rule: BlockRule, talked: str, billed: int) -> None:
    price = Price(Decimal(1), initial_block=30, billing_block=60, block_rule=rule)
    assert billed_seconds(Decimal(talked), price) == billed


def test_the_steps_spell_out_the_arithmetic() -> None:
    price = Price(Decimal("0.0123"), 30, 60, Decimal("0.01"))
    assert steps(Decimal("61.4"), price) == (
        Step("Talked", "61.4 s"),
        Step("Billed", "30 + 1 × 60 = 90 s"),
        Step("Minutes", "90 s × 0.012300 / 60", Decimal("0.018450000")),
        Step("Connect charge", "once a call", Decimal("0.01")),
        Step("Cost", "rounded half up to 6 decimals", Decimal("0.028450")),
    )


@given(talks())
def test_the_last_step_is_the_cost(talk: tuple[Decimal, Price]) -> None:
    assert steps(*talk)[-1].amount == cost(*talk)


def test_a_margin_of_half_makes_one_cent_one_and_a_half() -> None:
    price = Price(Decimal("0.01"), 60, 60, Decimal("0.02"))
    assert with_margin(price, Decimal("0.5")) == replace(
        price, rate=Decimal("0.015"), connect_charge=Decimal("0.03")
    )


@pytest.mark.parametrize(
    "wrong",
    [{"rate": Decimal(-1)}, {"rate": Decimal("NaN")}, {"billing_block": 0}, {"initial_block": -1}],
)
def test_a_price_that_makes_no_sense_is_refused(wrong: dict[str, Decimal | int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Price(**{"rate": Decimal(1), **wrong})
