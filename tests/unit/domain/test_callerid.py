"""Who may call, which numbers may be called, and the number that is shown."""

import pytest

from cellhub.domain.callerid import (
    Caller,
    CallerIdRule,
    CallerList,
    ListKind,
    why_not_listed,
    why_restricted,
)

POOL = ["901", "902", "903"]


@pytest.mark.parametrize(
    ("caller", "turn", "shown"),
    [
        (Caller("900"), 0, "900"),
        (Caller("900", CallerIdRule.OWN, POOL, wish="901"), 0, "900"),
        (Caller("900", CallerIdRule.LIST, POOL, wish="902"), 0, "902"),
        (Caller("900", CallerIdRule.LIST, POOL, wish="112"), 0, "900"),
        (Caller("900", CallerIdRule.POOL, POOL), 4, "902"),
        (Caller("900", CallerIdRule.POOL), 4, "900"),
        (Caller("900", CallerIdRule.FORWARD, forwarded="44"), 0, "44"),
        (Caller("900", CallerIdRule.FORWARD), 0, "900"),
    ],
)
def test_the_number_that_is_shown_follows_the_rule(caller, turn, shown):
    assert caller.shown(turn) == shown


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
