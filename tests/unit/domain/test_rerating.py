"""A call priced again costs by its prices of then what it cost, and by another price what that says."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cellhub.domain.rating import Price, cost, with_margin
from cellhub.domain.rerating import Paid, Repriced, Sums, price_again

HALF = Decimal("0.5")
THEN, NOW = Price(Decimal("0.6")), Price(Decimal("1.2"))
SECONDS = Decimal(60)
seconds = st.decimals(0, 7200, places=3)


def chain(*margins: Decimal | None) -> list[Paid]:
    """Payers from the top down, each with what it was charged for a minute."""
    price, payers = THEN, [Paid(1, THEN, cost(SECONDS, THEN))]
    for account, margin in enumerate(margins, start=2):
        price = Price(Decimal("9")) if margin is None else with_margin(price, margin)
        payers.append(Paid(account, price, cost(SECONDS, price), margin))
    return payers


def news(payers: tuple[Repriced, ...]) -> list[Decimal]:
    return [payer.new for payer in payers]


@given(seconds, st.lists(st.sampled_from([None, HALF, Decimal(0)]), max_size=4))
def test_by_the_prices_of_then_a_call_costs_what_it_cost(
    talked: Decimal, margins: list[Decimal | None]
) -> None:
    payers = [Paid(one.account_id, one.price, cost(talked, one.price), one.margin) for one in chain(*margins)]
    assert all(one.difference == 0 for one in price_again(talked, payers))


def test_margins_of_then_apply_to_the_new_price_at_every_level() -> None:
    assert news(price_again(SECONDS, chain(HALF, HALF), NOW)) == [
        Decimal("1.2"),
        Decimal("1.8"),
        Decimal("2.7"),
    ]


def test_a_margin_of_nothing_follows_too() -> None:
    assert news(price_again(SECONDS, chain(Decimal(0)), NOW)) == [Decimal("1.2"), Decimal("1.2")]


def test_a_price_of_its_own_stays_and_so_do_all_below_it() -> None:
    assert news(price_again(SECONDS, chain(None, HALF), NOW)) == [
        Decimal("1.2"),
        Decimal(9),
        Decimal("13.5"),
    ]


def test_sums_add_up_old_and_new() -> None:
    one, two = Repriced(1, Decimal(1), Decimal(3)), Repriced(2, Decimal(5), Decimal(4))
    sums = Sums().plus(one).plus(two)
    assert (sums, sums.difference) == (Sums(Decimal(6), Decimal(7)), Decimal(1))
