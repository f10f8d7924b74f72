"""A number's country by its calling code."""

import pytest

from cellhub.domain.countries import calling_code


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("12125550123", "1"),
        ("18765550123", "1876"),
        ("79161234567", "7"),
        ("905551234567", "90"),
        ("441234567890", "44"),
        ("3531234567", "353"),
        ("2125551234", "212"),
        ("88213300000", "882"),
        ("99", "99"),
        ("", ""),
    ],
)
def test_a_calling_code_has_one_to_three_digits_or_names_an_island(number: str, code: str) -> None:
    assert calling_code(number) == code
