"""``cellhub rerate`` as somebody types it: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from cellhub.cli import rerate as command
from cellhub.local.problem import Problem
from cellhub.money.rerating import whole_days
from tests.functional.charging.rerating import sell


def asked(**given):
    today = dt.datetime.now(dt.UTC).date()
    day = dt.timedelta(days=1)
    plain = {"first": today - day, "last": today + day, "account": None, "deck": None, "adjust": False}
    return argparse.Namespace(**plain | given)


def told(sessions, arguments, path=None):
    with command._written(path, sessions) as found:
        order, report = command.rerated(sessions, arguments, found)
    return list(command.lines(order, report, arguments))


def test_the_command_prints_the_sums_and_writes_what_differs(market, sessions, deck, tmp_path):
    call_id = sell(market)
    arguments = asked(deck="corrected", account=market.company.client.name, adjust=True)
    path = tmp_path / "differences.csv"
    assert told(sessions, arguments, path) == [
        f"2 calls from {arguments.first} to {arguments.last}, priced again by the deck corrected.",
        "                              old                new         difference",
        "  we are paid            0.028400           0.096000          +0.067600",
        "  all payers             0.028400           0.096000          +0.067600",
        "  1 call differs.",
        "  1 call without such a price: stays as it is.",
        "  1 adjusting entry booked, -0.067600 in all.",
    ]
    with path.open(newline="") as file:
        (row,) = csv.DictReader(file)
    del row["started_at"]
    assert row == {
        "call_id": call_id,
        "sip_user": "north-101",
        "number": "905551234567",
        "seconds": "61.400",
        "account": market.company.client.name,
        "old": "0.028400",
        "new": "0.096000",
        "difference": "0.067600",
    }


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"deck": "none"}, "There are no rate decks named 'none'; one was expected."),
        ({"account": "none"}, "There are no accounts named 'none'; one was expected."),
    ],
)
def test_an_unknown_name_is_a_sentence(sessions, given, sentence):
    with pytest.raises(Problem) as refused:
        told(sessions, asked(**given))
    assert str(refused.value) == sentence


def test_the_command_names_the_calls_that_are_on_an_invoice(market, sessions, deck):
    call_id = sell(market)
    market.do("UPDATE cdr SET invoice_id = 7 WHERE call_id = :id", id=call_id)
    with pytest.raises(Problem) as refused:
        told(sessions, asked(deck="corrected", adjust=True))
    assert str(refused.value) == (
        f"Nothing is adjusted where calls are on an invoice already: {call_id}. Choose other days."
    )


def test_a_file_that_is_there_is_not_written_over(sessions, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("mine")
    with pytest.raises(Problem):
        told(sessions, asked(), path)
    assert path.read_text() == "mine"


def test_days_are_those_of_the_tenants_clock():
    day = dt.date(2026, 3, 1)
    since, until = whole_days(day, day, ZoneInfo("Europe/Istanbul"))
    assert (since.isoformat(), until.isoformat()) == (
        "2026-03-01T00:00:00+03:00",
        "2026-03-02T00:00:00+03:00",
    )
