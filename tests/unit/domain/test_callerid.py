"""Who may call, which numbers may be called, and the number that is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellhub.domain.callerid import (
    Caller,
    CallerIdRule,
    CallerList,
    ListKind,
    why_not_listed,
    why_restricted,
)

OWN = "902125550100"
NUMBERS = ("902125550101", "+902125550102")
FOREIGN = "15550001122"


@pytest.mark.parametrize(
    ("rule", "wish", "diverted", "shown"),
    [
        (CallerIdRule.OWN, NUMBERS[0], OWN, OWN),
        (CallerIdRule.LIST, NUMBERS[0], "", NUMBERS[0]),
        (CallerIdRule.LIST, "902125550102", "", NUMBERS[1]),
        (CallerIdRule.LIST, FOREIGN, OWN, OWN),
        (CallerIdRule.LIST, "", "", OWN),
        (CallerIdRule.FORWARD, FOREIGN, OWN, FOREIGN),
        (CallerIdRule.FORWARD, FOREIGN, "902125550102", FOREIGN),
        (CallerIdRule.FORWARD, FOREIGN, FOREIGN, OWN),
        (CallerIdRule.FORWARD, FOREIGN, "", OWN),
        (CallerIdRule.FORWARD, "", OWN, OWN),
    ],
)
def test_a_rule_decides_which_number_is_shown(rule, wish, diverted, shown):
    assert Caller(OWN, rule, NUMBERS, wish, diverted).shown(0) == shown


def test_a_pool_gives_each_of_its_numbers_its_turn():
    caller = Caller(OWN, CallerIdRule.POOL, NUMBERS)
    assert [caller.shown(turn) for turn in range(4)] == [*NUMBERS, *NUMBERS]
    assert Caller(OWN, CallerIdRule.POOL).shown(3) == OWN


digits = st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True)


@given(
    st.sampled_from([CallerIdRule.OWN, CallerIdRule.LIST, CallerIdRule.POOL]),
    st.lists(digits),
    digits,
    digits,
    st.integers(0),
)
def test_no_phone_shows_a_number_that_is_not_its_own(rule, numbers, wish, diverted, turn):
    assert Caller(OWN, rule, numbers, wish, diverted).shown(turn) in {OWN, *numbers}


@given(st.lists(digits), digits, st.text())
def test_a_call_that_is_not_forwarded_from_an_own_number_shows_the_own_one(numbers, wish, diverted):
    own = {one.removeprefix("+") for one in (OWN, *numbers)}
    if diverted.removeprefix("+") not in own:
        assert Caller(OWN, CallerIdRule.FORWARD, numbers, wish, diverted).shown(0) == OWN


@pytest.mark.parametrize(
    ("lists", "reason"),
    [
        ([], ""),
        ([(ListKind.BLACK, False)], ""),
        ([(ListKind.WHITE, True)], ""),
        ([(ListKind.BLACK, True)], "901 is on the black list of callers."),
        ([(ListKind.WHITE, False)], "901 is not on the white list of callers."),
        ([(ListKind.WHITE, True), (ListKind.BLACK, True)], "901 is on the black list of callers."),
        ([(ListKind.WHITE, True), (ListKind.WHITE, False)], "901 is not on the white list of callers."),
    ],
)
def test_a_caller_must_pass_every_list(lists, reason):
    assert why_not_listed("901", [CallerList(*one) for one in lists]) == reason


def test_a_caller_without_a_number_is_on_no_white_list():
    told = "A caller without a number is not on the white list of callers."
    assert why_not_listed("", [CallerList(ListKind.WHITE, False)]) == told


@pytest.mark.parametrize(
    ("own", "everywhere", "allow_list", "reason"),
    [
        ([], [], False, ""),
        (["44"], ["33"], False, ""),
        (["90", "905"], [], False, "905 is restricted for this SIP user."),
        ([], ["90"], False, "90 is restricted for everybody."),
        (["90"], [], True, ""),
        (["44"], [], True, "The SIP user may call its allowed numbers only."),
        (["90"], ["905"], True, "905 is restricted for everybody."),
    ],
)
def test_restricted_numbers_are_those_of_the_sip_user_and_of_everybody(own, everywhere, allow_list, reason):
    found = why_restricted("905551234567", own=own, everywhere=everywhere, allow_list=allow_list)
    assert found == reason
