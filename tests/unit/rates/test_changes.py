"""What a file does to a deck is known before it is done."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given

from cellhub.rates.changes import CHANGING, ChangeKind, compare
from cellhub.rates.importing import FileRate
from tests.unit.rates.test_importing import decks

OLD = FileRate("905", "Turkey Mobile", Decimal("0.020"), 30, 6, Decimal("0.002"))


@given(decks, decks)
def test_every_prefix_is_in_one_kind_and_the_changes_lead_to_the_file(before, after):
    changes = compare(before, after)
    everything = changes.of(ChangeKind)
    assert sorted(one.prefix for one in everything) == sorted(
        {one.prefix for one in before} | {one.prefix for one in after}
    )
    deck = {one.prefix: one for one in before}
    deck |= {one.prefix: one.new for one in changes.of(CHANGING)}
    kept = {one.prefix for one in changes.of([ChangeKind.MISSING])}
    assert {prefix: rate for prefix, rate in deck.items() if prefix not in kept} == {
        one.prefix: one for one in after
    }


@given(decks)
def test_a_deck_that_is_imported_again_changes_nothing(deck):
    changes = compare(deck, deck)
    assert changes.changing == 0
    assert changes.count(ChangeKind.UNCHANGED) == len(deck)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"rate": Decimal("0.021")}, ChangeKind.DEARER),
        ({"rate": Decimal("0.019")}, ChangeKind.CHEAPER),
        ({"connect_charge": Decimal("0.01")}, ChangeKind.DEARER),
        ({"rate": Decimal("0.019"), "connect_charge": Decimal("0.01")}, ChangeKind.DEARER),
        ({"initial_block": 60}, ChangeKind.DEARER),
        ({"billing_block": 1}, ChangeKind.CHEAPER),
        ({"destination": "Turkey GSM"}, ChangeKind.RENAMED),
        ({}, ChangeKind.UNCHANGED),
    ],
)
def test_a_change_is_named_by_what_it_does_to_the_price(change, kind):
    assert compare([OLD], [replace(OLD, **change)]).count(kind) == 1


def test_a_share_needs_a_rate_to_compare_with():
    new = replace(OLD, rate=Decimal("0.025"))
    changes = compare([OLD, replace(OLD, prefix="1", rate=Decimal(0))], [new, replace(new, prefix="1")])
    assert [one.share for one in changes.of([ChangeKind.DEARER])] == [None, Decimal("0.25")]
    assert changes.average_share(ChangeKind.DEARER) == Decimal("0.25")
    assert changes.average_share(ChangeKind.NEW) is None
