from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from cellhub.web import filters

MOMENT = datetime(2026, 7, 16, 11, 32, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "places", "currency", "text"),
    [
        (Decimal("1204.4724"), 2, "USD", "$1,204.47"),
        (Decimal("0.005"), 2, "", "0.01"),
        (Decimal("-0.0985"), 6, "", "−0.098500"),
        (Decimal("-0.001"), 2, "EUR", "€0.00"),
        (12, 2, "XOF", "XOF 12.00"),
        (Decimal("1000000000"), 2, "TRY", "₺1,000,000,000.00"),
    ],
)
def test_money_has_fixed_decimals_and_is_rounded_half_up(amount, places, currency, text):
    assert filters.money(amount, places, currency) == text


def test_rates_costs_and_balances_have_their_own_decimals():
    amount = Decimal("0.0240005")
    assert (filters.rate(amount), filters.cost(amount), filters.balance(amount)) == (
        "0.024001",
        "0.0240",
        "0.02",
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (59.9, "0:59"),
        (187, "3:07"),
        (3600, "1:00:00"),
        (719216, "199:46:56"),
        (timedelta(minutes=2), "2:00"),
    ],
)
def test_durations_are_minutes_and_seconds_and_from_an_hour_on_hours(seconds, text):
    assert filters.duration(seconds) == text


def test_times_are_of_the_readers_zone_and_utc_stays_at_hand():
    assert filters.clock_time(MOMENT, "Europe/Istanbul") == "14:32:08"
    assert filters.day_time(MOMENT, "Europe/Istanbul") == "16 Jul 14:32:08"
    assert filters.full_time(MOMENT, "America/New_York") == "16 Jul 2026, 07:32:08"
    assert filters.utc_hint(MOMENT) == "16 Jul 2026, 11:32:08 UTC"
    assert filters.utc(MOMENT) == "2026-07-16T11:32:08Z"


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "UTC"),
        ("Europe/Istanbul", "UTC+3"),
        ("America/St_Johns", "UTC−2:30"),
        ("Asia/Kolkata", "UTC+5:30"),
    ],
)
def test_a_clock_names_its_zone(zone, text):
    assert filters.zone_offset(MOMENT, zone) == text


def test_a_day_may_turn_in_the_readers_zone():
    late = datetime(2026, 7, 16, 23, 0, tzinfo=UTC)
    assert filters.day(late, "Europe/Istanbul") == "17 Jul 2026"
    assert filters.day(date(2026, 7, 16)) == "16 Jul 2026"


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        filters.clock_time(MOMENT.replace(tzinfo=None))


def test_things_are_counted():
    assert [filters.plural(number, "call") for number in (0, 1, 6766)] == ["0 calls", "1 call", "6,766 calls"]
    assert filters.plural(2, "entry", "entries") == "2 entries"


def test_a_percentage_needs_a_base():
    assert filters.percent(4076, 6766) == "60.2 %"
    assert filters.percent(0, 0) == ""
