"""Numbers are digits; strip goes before add."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellhub.domain.numbers import (
    CallerId,
    CallerIdError,
    NumberError,
    emergency_number,
    normalise,
    prefixes_of,
    rewrite,
)

digits = st.text("0123456789", min_size=2, max_size=20)
EXAMPLE = 'Write "Pera Turizm" <902125550164>.'


@pytest.mark.parametrize(
    ("dialled", "strip", "add", "number"),
    [
        ("905551234567", "", "", "905551234567"),
        ("+905551234567", "", "", "905551234567"),
        ("00905551234567", "00", "", "905551234567"),
        ("05551234567", "0", "90", "905551234567"),
        ("5551234567", "0", "90", "905551234567"),
    ],
)
def test_a_dialled_number_is_normalised(dialled: str, strip: str, add: str, number: str) -> None:
    assert normalise(dialled, strip, add) == number


@pytest.mark.parametrize(
    "dialled", ["", "+", "500&PJSIP/x/1900", "${SHELL(id)}", "12\n", "٣٤", "1" * 21, "*72"]
)
def test_what_is_not_digits_is_refused(dialled: str) -> None:
    with pytest.raises(NumberError, match="Dial digits only"):
        normalise(dialled)


def test_a_number_that_the_rule_uses_up_is_refused() -> None:
    with pytest.raises(NumberError, match="2 to 20 digits must remain"):
        normalise("905", "90")


@given(digits, digits)
def test_what_a_trunk_strips_is_what_was_put_in_front(number: str, prefix: str) -> None:
    assert rewrite(prefix + number, prefix) == number


def test_a_trunk_strips_before_it_adds_as_in_the_manual() -> None:
    assert rewrite("+905551234567", "+90", "00") == "005551234567"
    assert rewrite("905551234567", "+90", "*7#") == "*7#5551234567"


@given(digits)
def test_prefixes_come_longest_first(number: str) -> None:
    prefixes = prefixes_of(number)
    assert [len(one) for one in prefixes] == list(range(len(number), 0, -1))
    assert all(number.startswith(one) for one in prefixes)


@pytest.mark.parametrize(
    ("text", "caller"),
    [
        ('"Pera Turizm" <902125550164>', CallerId("Pera Turizm", "902125550164")),
        ("Pera <+90212>", CallerId("Pera", "+90212")),
        ("<90212>", CallerId("", "90212")),
        ("90212", CallerId("", "90212")),
    ],
)
def test_a_caller_id_is_read_and_written_back(text: str, caller: CallerId) -> None:
    assert CallerId.parse(text) == caller
    assert CallerId.parse(str(caller)) == caller


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"Pera Turizm" <902125550164', "The closing > is missing."),
        ('"Pera Turizm" 902125550164>', "The opening < is missing."),
        ('"Pera <902125550164>', 'The closing " is missing.'),
        ("<90212> x", "Nothing may follow the closing >."),
        ("<90a>", "The number must be 1 to 20 digits, with or without a leading +."),
        ('"a\r\nb" <90212>', 'The name may not hold line breaks or any of " \\ ; [ ] < >.'),
        ('"a;b" <90212>', 'The name may not hold line breaks or any of " \\ ; [ ] < >.'),
        ('"a[b]" <90212>', 'The name may not hold line breaks or any of " \\ ; [ ] < >.'),
        ('a"b <90212>', 'The name may not hold line breaks or any of " \\ ; [ ] < >.'),
    ],
)
def test_a_wrong_caller_id_is_told_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(CallerIdError) as caught:
        CallerId.parse(text)
    assert str(caught.value) == f"{message} {EXAMPLE}"


@pytest.mark.parametrize(
    ("dialled", "strip", "add", "number"),
    [
        ("112", "", "", "112"),
        ("+112", "", "", "112"),
        ("112", "1", "90", "112"),
        ("9112", "9", "", "112"),
        ("1120", "", "", ""),
        ("900", "", "", ""),
        ("112;x", "", "", ""),
    ],
)
def test_an_emergency_number_is_one_that_the_tenant_names(
    dialled: str, strip: str, add: str, number: str
) -> None:
    assert emergency_number(dialled, ["112", "911"], strip, add) == number
