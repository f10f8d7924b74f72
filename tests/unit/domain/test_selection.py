"""The first source that knows the number prices it, by its longest prefix."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cellhub.domain.rating import Price
from cellhub.domain.schedule import Now, Window
from cellhub.domain.selection import Candidate, Choice, Loser, RateSource, choose

NUMBER = "905551234567"
NOW = Now(dt.datetime(2026, 7, 16, 14, 32, tzinfo=ZoneInfo("Europe/Istanbul")))  # a Thursday


def candidate(source: RateSource, prefix: str, order: int = 0, rate_id: int = 1) -> Candidate:
    return Candidate(source, 1 + order, f"Deck {order}", order, rate_id, prefix, "Turkey", Price(Decimal(1)))


def test_905_wins_over_90_and_9() -> None:
    nine, ninety, mobile = (candidate(RateSource.PLAN, prefix) for prefix in ("9", "90", "905"))
    assert choose(NUMBER, [nine, ninety, mobile], NOW) == Choice(
        mobile, (Loser(ninety, "shorter than 905"), Loser(nine, "shorter than 905"))
    )


def test_an_earlier_source_wins_with_a_shorter_prefix() -> None:
    custom, plan, default = (
        candidate(RateSource.CUSTOM, "90"),
        candidate(RateSource.PLAN, "905"),
        candidate(RateSource.DEFAULT, "90555"),
    )
    assert choose(NUMBER, [default, plan, custom], NOW) == Choice(
        custom, (Loser(plan, "plan not reached"), Loser(default, "default deck not reached"))
    )


def test_at_equal_prefixes_the_first_deck_of_the_plan_wins() -> None:
    first, second = candidate(RateSource.PLAN, "905", 0), candidate(RateSource.PLAN, "905", 1)
    assert choose(NUMBER, [second, first], NOW) == Choice(first, (Loser(second, "Deck 0 comes first"),))


def test_the_sip_users_deck_takes_the_place_of_the_plan() -> None:
    own, plan = candidate(RateSource.SIP_USER, "44"), candidate(RateSource.PLAN, "905")
    default = candidate(RateSource.DEFAULT, "9")
    assert choose(NUMBER, [plan, own, default], NOW, own_deck=True) == Choice(
        default,
        (
            Loser(own, f"{NUMBER} does not begin with it"),
            Loser(plan, "the SIP user's own deck stands in for the plan"),
        ),
    )


def test_a_deck_of_the_sip_user_stands_in_for_the_plan_even_when_it_is_empty() -> None:
    plan = candidate(RateSource.PLAN, "905")
    assert choose(NUMBER, [plan], NOW, own_deck=True).winner is None


def test_a_rate_outside_its_window_is_as_none_and_says_when_it_holds() -> None:
    mornings = replace(
        candidate(RateSource.PLAN, "905"), window=Window(from_minute=6 * 60, until_minute=12 * 60)
    )
    ninety = candidate(RateSource.PLAN, "90", rate_id=2)
    assert choose(NUMBER, [mornings, ninety], NOW) == Choice(
        ninety, (Loser(mornings, "holds 06:00 to 12:00"),)
    )


def test_of_two_open_windows_of_a_deck_the_narrower_wins_and_then_the_later_date() -> None:
    always = candidate(RateSource.PLAN, "905")
    weekdays = replace(always, rate_id=2, window=Window(weekdays=0b0011111))
    dated = replace(always, rate_id=3, window=Window(dt.datetime(2026, 7, 1, tzinfo=dt.UTC)))
    why = "a rate for fewer hours, or of a later date, holds now"
    assert choose(NUMBER, [always, weekdays, dated], NOW) == Choice(
        weekdays, (Loser(dated, why), Loser(always, why))
    )


def test_no_rate_is_no_winner() -> None:
    assert choose(NUMBER, [], NOW) == Choice(None, ())


@given(st.lists(st.sampled_from([NUMBER[:n] for n in range(1, 13)] + ["44", "91"]), unique=True))
def test_no_matching_prefix_is_longer_than_the_winner(prefixes: list[str]) -> None:
    choice = choose(NUMBER, [candidate(RateSource.PLAN, prefix) for prefix in prefixes], NOW)
    longest = max((one for one in prefixes if NUMBER.startswith(one)), key=len, default=None)
    assert (choice.winner and choice.winner.prefix) == longest
    assert len(choice.losers) == len(prefixes) - (longest is not None)
