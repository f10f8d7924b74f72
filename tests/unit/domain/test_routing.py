"""Trunks are tried by priority of their source, and the next one by SIP code."""

import re

import pytest

from cellhub.domain.routing import (
    STOP_CODES,
    Attempt,
    Skip,
    Trunk,
    TrunkOrder,
    TrunkSource,
    failover_pattern,
    goes_on,
    trunk_order,
)

NUMBER = "905551234567"
EAST = Trunk(1, "east", priority=20)
WEST = Trunk(
    2, "west", priority=10, strip_prefix="90", add_prefix="00", caller_id='"X" <90212>', ring_seconds=9
)
OFF = Trunk(3, "off", priority=1, active=False)
FULL = Trunk(4, "full", priority=1, max_channels=2)
ALL = (EAST, WEST, OFF, FULL)
TO_EAST = Attempt("east", NUMBER, "", 60)
TO_WEST = Attempt("west", "005551234567", "90212", 9)


def test_a_group_wins_in_its_own_order() -> None:
    assert trunk_order(NUMBER, ALL, group=(1, 2), sip_user_trunk=2, rate_trunk=2) == TrunkOrder(
        TrunkSource.GROUP, (TO_EAST, TO_WEST), ()
    )


def test_the_sip_users_trunk_wins_over_the_rates() -> None:
    assert trunk_order(NUMBER, ALL, sip_user_trunk=2, rate_trunk=1) == TrunkOrder(
        TrunkSource.SIP_USER, (TO_WEST,), ()
    )


def test_the_rates_trunk_wins_over_the_default_even_when_it_is_off() -> None:
    assert trunk_order(NUMBER, ALL, rate_trunk=3) == TrunkOrder(
        TrunkSource.RATE, (), (Skip("off", "inactive"),)
    )


def test_by_default_all_that_can_carry_it_are_tried_by_priority() -> None:
    assert trunk_order(NUMBER, ALL, channels={4: 2}) == TrunkOrder(
        TrunkSource.DEFAULT,
        (TO_WEST, TO_EAST),
        (Skip("off", "inactive"), Skip("full", "full: 2 of 2 channels in use")),
    )


def test_a_trunk_whose_rule_leaves_no_number_or_that_is_gone_is_skipped() -> None:
    eater = Trunk(5, "eater", strip_prefix=NUMBER)
    reason = "After strip and add 1 to 40 of 0-9 * # must remain; only a + may come before them."
    assert trunk_order(NUMBER, [eater], group=(5, 6)) == TrunkOrder(
        TrunkSource.GROUP, (), (Skip("eater", reason), Skip("trunk 6", "it no longer exists"))
    )


@pytest.mark.parametrize("code", [100, 401, 403, 407, 408, 500, 502, 503, 504, 513, 580])
def test_a_failed_trunk_is_followed_by_the_next(code: int) -> None:
    assert goes_on(code)


@pytest.mark.parametrize("code", [*map(int, STOP_CODES), 200, 301, 400, 488, 606])
def test_an_answer_of_the_callee_ends_the_search(code: int) -> None:
    assert not goes_on(code)


def test_the_dialplans_pattern_decides_as_the_rule_does() -> None:
    matched = [code for code in range(100, 700) if re.search(failover_pattern(), str(code))]
    assert failover_pattern() == "^(100|401|403|407|408|5..)$"
    assert matched == [code for code in range(100, 700) if goes_on(code)]


def test_without_a_code_only_a_leg_that_rang_ends_the_search() -> None:
    assert (goes_on(None), goes_on(None, rang=True), goes_on(100, rang=True)) == (True, False, False)
    assert goes_on(503, rang=True)
