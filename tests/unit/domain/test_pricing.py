"""Each payer of a chain pays by what the one above it sells at; resellers may stand above resellers."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cellhub.domain.pricing import FREE, Payee, quote
from cellhub.domain.rating import Price
from cellhub.domain.schedule import Now, Window
from cellhub.domain.selection import Candidate, RateSource

NUMBER = "905551234567"
NOW = Now(dt.datetime(2026, 7, 16, 14, 32, tzinfo=ZoneInfo("Europe/Istanbul")))
TURKEY = Price(Decimal("0.10"), 30, 6, Decimal("0.01"))


def rate(source: RateSource, prefix: str, amount: str, rate_id: int = 1) -> Candidate:
    return Candidate(source, 7, "Deck", 0, rate_id, prefix, "Turkey", Price(Decimal(amount)))


def offer(rate_id: int = 9, window: Window | None = None) -> Candidate:
    free = Candidate(RateSource.OFFER, None, "offers", 0, rate_id, "90", "Turkey", FREE)
    return replace(free, window=window) if window else free


PLAN = Candidate(RateSource.PLAN, 7, "Deck", 0, 1, "905", "Turkey Mobile", TURKEY)


def test_a_client_without_a_reseller_pays_by_the_decks() -> None:
    quotes = quote(NUMBER, [PLAN], [Payee(1)], NOW)
    assert quotes.rate is PLAN
    assert quotes.prices == (TURKEY,)
    assert quotes.payers[0].margin is None


def test_margins_are_added_one_upon_the_other_over_any_number_of_resellers() -> None:
    chain = [
        Payee(1, margin=Decimal("0.5")),
        Payee(2, margin=Decimal("0.2")),
        Payee(3, margin=Decimal(9)),
        Payee(4),
    ]
    amounts = [price.rate for price in quote(NUMBER, [PLAN], chain, NOW).prices]
    assert amounts == [Decimal("0.10"), Decimal("0.150"), Decimal("0.1800"), Decimal("1.8000")]


def test_a_resellers_own_deck_takes_the_place_of_its_margin_where_it_has_a_price() -> None:
    sells = (rate(RateSource.RESELLER, "90", "0.17"), rate(RateSource.RESELLER, "44", "0.01"))
    quotes = quote(NUMBER, [PLAN], [Payee(1, sells=sells, margin=Decimal("0.5")), Payee(2)], NOW)
    assert quotes.prices == (TURKEY, Price(Decimal("0.17")))
    assert [one.margin for one in quotes.payers] == [None, None]
    english = quote(
        "442071234567",
        [rate(RateSource.PLAN, "4", "0.02")],
        [Payee(1, sells=sells[:1], margin=Decimal(1)), Payee(2)],
        NOW,
    )
    assert english.prices[1].rate == Decimal("0.04")
    assert english.payers[1].margin == 1


def test_custom_rates_are_the_base_of_those_below() -> None:
    custom = rate(RateSource.CUSTOM, "9", "0.04")
    chain = [Payee(1, own=(custom,), margin=Decimal("0.5")), Payee(2)]
    assert [one.rate for one in quote(NUMBER, [PLAN], chain, NOW).prices] == [
        Decimal("0.04"),
        Decimal("0.060"),
    ]


def test_an_offer_makes_a_call_free_for_its_account_and_for_nobody_else() -> None:
    chain = [Payee(1, own=(offer(),), margin=Decimal("0.5")), Payee(2)]
    quotes = quote(NUMBER, [PLAN], chain, NOW)
    assert [one.rate for one in quotes.prices] == [0, Decimal("0.150")]
    assert [one.offer_id for one in quotes.payers] == [9, None]
    below = quote(NUMBER, [PLAN], [Payee(1, margin=Decimal("0.5")), Payee(2, own=(offer(),))], NOW)
    assert [one.rate for one in below.prices] == [Decimal("0.10"), 0]
    assert [one.offer_id for one in below.payers] == [None, 9]


def test_invariant_13_an_offer_that_has_ended_or_not_begun_is_none() -> None:
    day = dt.timedelta(days=1)
    for window in (
        Window(NOW.at - 2 * day, NOW.at - day),
        Window(NOW.at + day, NOW.at + 2 * day),
        Window(NOW.at - day, NOW.at),
    ):
        [payer] = quote(NUMBER, [PLAN], [Payee(1, own=(offer(window=window),))], NOW).payers
        assert payer.price == TURKEY
    [payer] = quote(NUMBER, [PLAN], [Payee(1, own=(offer(window=Window(NOW.at, NOW.at + day)),))], NOW).payers
    assert payer.offer_id == 9


def test_an_offer_needs_no_rate_behind_it_but_those_below_do() -> None:
    assert quote(NUMBER, [], [Payee(1, own=(offer(),))], NOW).prices == (FREE,)
    quotes = quote(NUMBER, [], [Payee(1, own=(offer(),), margin=Decimal(1)), Payee(2)], NOW)
    assert quotes.rate is None


def test_without_a_rate_nobody_pays_and_the_losers_are_told() -> None:
    quotes = quote(NUMBER, [rate(RateSource.PLAN, "44", "1")], [Payee(1), Payee(2)], NOW)
    assert quotes.rate is None
    [first] = quotes.payers
    assert first.choice.losers[0].reason == f"{NUMBER} does not begin with it"


margins = st.decimals(min_value=0, max_value=3, places=3)


@given(st.lists(margins, min_size=1, max_size=6))
def test_nobody_pays_less_than_the_one_above(given_margins: list[Decimal]) -> None:
    chain = [Payee(place, margin=margin) for place, margin in enumerate(given_margins)]
    amounts = [price.rate for price in quote(NUMBER, [PLAN], chain, NOW).prices]
    assert amounts == sorted(amounts)
    assert len(amounts) == len(chain)
