"""Whether a call costs us more than it is sold for."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellhub.domain.loss import loses, typical_cost
from cellhub.domain.rating import Price

prices = st.builds(
    Price,
    st.decimals("0", "2", places=6),
    initial_block=st.integers(0, 90),
    billing_block=st.integers(1, 90),
    connect_charge=st.decimals("0", "1", places=6),
    minimum_seconds=st.sampled_from([0, 0, 0, 10, 90]),
)


@given(prices, prices)
def test_loss_is_what_exact_fractions_say(bought: Price, sold: Price) -> None:
    seconds = max(60, bought.minimum_seconds, sold.minimum_seconds)
    assert loses(bought, sold) == (exact_cost(bought, seconds) > exact_cost(sold, seconds))


def exact_cost(price: Price, seconds: int) -> Fraction:
    """An oracle that shares no code with the product: rounded half up to millionths, in fractions."""
    blocks = -((price.initial_block - seconds) // price.billing_block) if seconds > price.initial_block else 0
    billed = price.initial_block + blocks * price.billing_block
    exact = Fraction(price.connect_charge) + Fraction(price.rate) * billed / 60
    millionths = exact * 1_000_000
    return Fraction(int(millionths + Fraction(1, 2)), 1_000_000)


def test_a_price_that_gives_short_calls_away_is_judged_by_the_shortest_that_is_paid():
    assert typical_cost(Price(Decimal("0.60"), minimum_seconds=90)) == Decimal("0.900000")


@pytest.mark.parametrize(("rate", "answer"), [("0.019999", False), ("0.020000", False), ("0.020001", True)])
def test_an_equal_price_is_no_loss(rate, answer):
    assert loses(Price(Decimal(rate)), Price(Decimal("0.02"))) is answer
