"""What a test call must lead to, given what its far ends are told to answer."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from cellhub.cli import call
from cellhub.local.installation import Installation
from cellhub.local.problem import Problem
from cellhub.local.settings import LocalSettings
from cellhub.local.testcall import Order, Placed, check_running
from cellhub.switch.sipp import CallOutcome


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("200", "486", 200),
        ("486", "200", 486),
        ("503", "200", 200),
        ("503", "486", 486),
        ("503", "500", 500),
        ("603", "200", 603),
        ("ring", "200", 480),
        ("early", "200", 480),
        ("silence", "200", 200),
        ("silence", "silence", 503),
        ("403", "407", 503),
    ],
)
def test_what_the_phone_must_hear(first, second, code):
    assert Order(answers=(first, second)).expected_code == code


def test_a_call_went_as_told_only_when_it_is_in_the_books():
    order = Order()
    heard = (CallOutcome(200, 10, 5.0),)
    assert not Placed(order, heard, (), (), ()).as_told


@pytest.fixture
def parse(capsys):
    """Parse a command line; a refused one gives what it printed."""

    def parse_words(*words: str) -> argparse.Namespace | str:
        parser = argparse.ArgumentParser(prog="cellhub call")
        call.configure(parser)
        try:
            return parser.parse_args(words)
        except SystemExit:
            return capsys.readouterr().err.splitlines()[-1]

    return parse_words


def test_without_options_it_calls_the_demos_number_for_five_seconds(parse):
    options = parse()
    assert (options.number, options.seconds, options.sip_user) == ("905551234567", 5.0, "harbour-1")
    assert (options.answer, options.second_answer, options.parallel) == ("200", "200", 1)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["9o5"], "argument number: '9o5': Dial digits only, at most 20, with or without a leading +."),
        (
            ["--seconds", "soon"],
            "argument --seconds: 'soon': write seconds above 0 and up to 3600, such as 5.",
        ),
        (["--seconds", "nan"], "argument --seconds: 'nan': write seconds above 0 and up to 3600, such as 5."),
        (
            ["--answer", "299"],
            "argument --answer: '299': write 200, a SIP code of 300 to 699, ring, early or silence.",
        ),
        (["--parallel", "0"], "argument --parallel: '0': write a number of calls from 1 to 100."),
        (
            ["--secret-file", "nowhere"],
            "argument --secret-file: nowhere: No such file or directory; name a file that holds the secret.",
        ),
    ],
)
def test_a_wrong_option_is_named_with_what_would_be_right(words, complaint, parse):
    assert parse(*words) == f"cellhub call: error: {complaint}"


def test_a_secret_is_read_from_its_file(tmp_path, parse):
    (tmp_path / "secret").write_text("abcde-fghij\n")
    assert parse("--secret-file", str(tmp_path / "secret")).secret_file == "abcde-fghij"


def test_a_secret_that_sipp_would_read_as_two_fields_is_refused(tmp_path, parse):
    (tmp_path / "secret").write_text("abc;def\n")
    assert "must hold the secret in one line" in parse("--secret-file", str(tmp_path / "secret"))


def test_an_order_never_shows_its_secret():
    assert "abcde" not in repr(Order(secret="abcde"))


def test_an_installation_that_does_not_run_is_named_with_how_to_start_it(tmp_path):
    installation = Installation(LocalSettings(home=Path(tmp_path)))
    with pytest.raises(Problem, match=r"CellHub does not run\. Start it: make run"):
        check_running(installation)
