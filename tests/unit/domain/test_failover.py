"""After which answers of a trunk the next one is tried."""

import re

import pytest

from cellhub.domain.failover import STOP_CODES, FailoverError, failover_codes, failover_pattern, goes_on


@pytest.mark.parametrize("code", [100, 401, 403, 407, 408, 500, 502, 503, 504, 513, 580])
def test_a_failed_trunk_is_followed_by_the_next(code: int) -> None:
    assert goes_on(code)


@pytest.mark.parametrize("code", [*map(int, STOP_CODES), 200, 301, 400, 488, 606])
def test_an_answer_of_the_callee_ends_the_search(code: int) -> None:
    assert not goes_on(code)


@pytest.mark.parametrize("codes", ["", "404,603", "5..,4.."])
def test_the_dialplans_pattern_decides_as_the_rule_does(codes: str) -> None:
    matched = [code for code in range(100, 700) if re.search(failover_pattern(codes), str(code))]
    assert matched == [code for code in range(100, 700) if goes_on(code, codes=codes)]


def test_a_groups_list_stands_in_for_the_common_one_but_silence_goes_on() -> None:
    assert failover_pattern() == "^(100|401|403|407|408|5..)$"
    assert failover_pattern("603,5..,603") == "^(100|603|5..)$"
    assert [code for code in (100, 403, 408, 503, 603) if goes_on(code, codes="603")] == [100, 603]


@pytest.mark.parametrize(
    "codes", ["50", "5030", "703", "5[0]", "503,", ",", " 503", "503|404", "5.*", "503)$"]
)
def test_what_is_no_list_of_codes_is_refused(codes: str) -> None:
    with pytest.raises(FailoverError, match="is no SIP code"):
        failover_codes(codes)


def test_without_a_code_only_a_leg_that_rang_ends_the_search() -> None:
    assert (goes_on(None), goes_on(None, rang=True), goes_on(100, rang=True)) == (True, False, False)
    assert goes_on(503, rang=True)
