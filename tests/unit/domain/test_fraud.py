"""The rules of the brake on fraud."""

from decimal import Decimal

import pytest

from cellhub.domain.fraud import Alarm, Behaviour, BrakeAction, Profile, is_night, judge

NUMBER = "905551234567"
STRICT = Profile(
    calls_per_minute=3,
    hourly_destinations=2,
    hourly_spend=Decimal(10),
    night_spend=Decimal(1),
    night_from=22 * 60,
    night_until=6 * 60,
    new_country=True,
    premium_prefixes=["90900", "9055512"],
    action=BrakeAction.HANG_UP,
)
CALM = {"number": "904441234567", "minute": 12 * 60}


@pytest.mark.parametrize(
    ("seen", "rule", "reason"),
    [
        (
            {"number": NUMBER, "known_country": False},
            "premium_prefix",
            "905551234567 begins with the premium prefix 9055512.",
        ),
        (
            {"known_country": False, "calls_last_minute": 9},
            "new_country",
            "904441234567 is in a country that the account never called before.",
        ),
        ({"calls_last_minute": 3}, "calls_per_minute", "3 calls within a minute, 3 are allowed."),
        (
            {"destinations_last_hour": 2},
            "hourly_destinations",
            "2 different numbers within an hour, 2 are allowed.",
        ),
        ({"spent_last_hour": Decimal(10)}, "spend", "10 spent within an hour, 10 is allowed."),
        ({"spent_last_hour": Decimal(1), "minute": 0}, "spend", "1 spent at night, 1 is allowed."),
    ],
)
def test_a_broken_rule_is_told_in_a_sentence(seen: dict[str, object], rule: str, reason: str) -> None:
    assert judge(STRICT, Behaviour(**{**CALM, **seen})) == Alarm(rule, reason, BrakeAction.HANG_UP)


def test_who_stays_within_the_profile_raises_no_alarm() -> None:
    seen = Behaviour(
        **CALM, calls_last_minute=2, destinations_last_hour=1, spent_last_hour=Decimal("9.999999")
    )
    assert judge(STRICT, seen) is None


def test_a_limit_of_0_is_none() -> None:
    busy = Behaviour(NUMBER, False, 999, 999, Decimal(999))
    assert judge(Profile(), busy) is None


@pytest.mark.parametrize(
    ("start", "end", "minute", "night"),
    [
        (0, 0, 0, False),
        (60, 120, 60, True),
        (60, 120, 120, False),
        (1320, 360, 1320, True),
        (1320, 360, 359, True),
        (1320, 360, 360, False),
    ],
)
def test_a_night_ends_before_its_last_minute_and_may_pass_midnight(
    start: int, end: int, minute: int, night: bool
) -> None:
    assert is_night(Profile(night_from=start, night_until=end), minute) is night
