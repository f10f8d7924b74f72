"""Tariffs: rates over all decks, and one rate at a time."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from cellhub.accounts.models import AuditEntry
from cellhub.rates.models import Rate, RateDeck
from cellhub.security.roles import Role
from tests.functional.forms import send, token

LONDON = {
    "prefix": "4420",
    "destination": "London",
    "rate": "0.0125",
    "initial_block": "60",
    "billing_block": "1",
    "connect_charge": "0.01",
}


@pytest.fixture
def admin(portal):
    return portal(Role.ADMIN)


def errors(page):
    return [one.get_text(strip=True) for one in page.html.select(".field .error")]


def rate(world, prefix, company="north"):
    deck_id = getattr(world, company).deck.id
    found = select(Rate).where(Rate.deck_id == deck_id, Rate.prefix == prefix)
    return world.see_everything().scalars(found).one_or_none()


def rows(page):
    return [row.get_text(" ", strip=True) for row in page.html.select("#rates tbody tr")]


def test_the_list_shows_the_rates_of_all_decks_of_the_tenant(admin):
    page = admin.get("/tariffs")
    assert rows(page) == [
        "9 World north A-Z 0.120000 30 s 6 s 0.002000 by priority",
        "90 Turkey north A-Z 0.098000 30 s 6 s 0.002000 by priority",
        "905 Turkey Mobile north A-Z 0.024000 30 s 6 s 0.002000 by priority",
    ]
    assert "3 rates" in page.html.select_one(".page-head").text


def test_filters_combine_and_stand_on_chips(admin, world):
    deck_id = world.north.deck.id
    page = admin.get(f"/tariffs?deck={deck_id}&prefix=90&destination=mobile")
    assert [row.split()[0] for row in rows(page)] == ["905"]
    chips = [chip.get_text(" ", strip=True) for chip in page.html.select("a.chip.active")]
    assert [" ".join(chip.split()[:-1]) if chip.endswith("remove") else chip for chip in chips] == [
        "Rate Deck north A-Z",
        "Prefix starts with 90",
        "Destination has mobile",
    ]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("prefix=9o5", "Write the first digits of the prefix, without + or blanks."),
        ("prefix=9' OR 1=1--", "Write the first digits of the prefix, without + or blanks."),
        ("deck=999999", "Choose one of the Rate Decks in the list."),
        ("trunk=x", "Choose one of the Trunks in the list."),
        ("destination=%07", "Write a part of the name, without control characters."),
        ("destination=%00", "Write it without control characters."),
    ],
)
def test_a_filter_that_cannot_be_used_says_what_to_write(admin, query, sentence):
    page = admin.get(f"/tariffs?{query}")
    assert sentence in page
    assert len(rows(page)) == 3


def test_a_percent_sign_in_a_filter_is_only_a_percent_sign(admin):
    assert "No rates match this filter" in admin.get("/tariffs?destination=%25")


def test_a_deck_of_another_tenant_is_no_filter(admin, world):
    assert "is not used" in admin.get(f"/tariffs?deck={world.south.deck.id}")


def test_a_rate_is_added_with_a_trunk_and_priced_exactly(admin, world):
    deck_id, trunk_id = world.north.deck.id, world.north.trunk.id
    send(
        admin, f"/tariffs/new?deck={deck_id}", deck_id=str(deck_id), trunk_id=str(trunk_id), **LONDON
    ).follow()
    added = rate(world, "4420")
    assert (added.rate, added.connect_charge, added.trunk_id) == (
        Decimal("0.0125"),
        Decimal("0.01"),
        trunk_id,
    )
    assert rows(admin.get(f"/tariffs?trunk={trunk_id}")) == [
        "4420 London north A-Z 0.012500 60 s 1 s 0.010000 north-carrier"
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"prefix": "9o5"}, "Write 1 to 20 digits, without + or blanks."),
        ({"prefix": "9" * 21}, "Write 1 to 20 digits, without + or blanks."),
        ({"prefix": "905"}, "This deck has a rate for this prefix already. Change that one."),
        ({"destination": ""}, "Write a name."),
        ({"destination": "=cmd|' /C calc'!A0"}, "Begin it with a letter or digit, not with = + - or @."),
        ({"rate": "-1"}, "Rate: write 0 or more."),
        ({"rate": "NaN"}, "Rate: write digits with at most one point, such as 12.50."),
        ({"rate": "1e309"}, "Rate: write digits with at most one point, such as 12.50."),
        ({"rate": "0,01"}, "Rate: write a point for the decimals and no commas, such as 0.01."),
        ({"rate": "0.0000001"}, "Rate: write at most 6 decimals."),
        ({"rate": "1" + "0" * 18}, "Rate: write 1000000 or less."),
        ({"billing_block": "0"}, "Write a whole number from 1 to 86400."),
        ({"initial_block": "-1"}, "Write a whole number from 0 to 86400."),
    ],
)
def test_a_bad_rate_is_refused_at_its_field(admin, world, fields, sentence):
    page = send(admin, f"/tariffs/new?deck={world.north.deck.id}", **{**LONDON, **fields})
    assert page.status_int == 400
    assert errors(page) == [sentence]
    assert rate(world, "4420") is None


@pytest.mark.parametrize("field", ["deck_id", "trunk_id"])
def test_a_deck_or_trunk_of_another_tenant_is_no_choice(admin, world, field):
    foreign = {"deck_id": world.south.deck.id, "trunk_id": world.south.trunk.id}[field]
    values = {"deck_id": world.north.deck.id, "trunk_id": "", **LONDON, field: foreign}
    page = admin.post("/tariffs/new", {**values, "csrf_token": token(admin)}, status=400)
    assert len(errors(page)) == 1
    assert rate(world, "4420") is None
    assert rate(world, "4420", "south") is None


def test_a_rate_is_changed_and_its_history_says_how(admin, world):
    rate_id, trunk_id = rate(world, "905").id, world.north.trunk.id
    send(admin, f"/tariffs/{rate_id}/edit", rate="0.03", trunk_id=str(trunk_id)).follow()
    assert rate(world, "905").rate == Decimal("0.03")
    entry = world.see_everything().scalars(select(AuditEntry).where(AuditEntry.object_kind == "rate")).one()
    assert (entry.object_name, entry.changes) == (
        "905 Turkey Mobile",
        {"rate": ["0.024000", "0.03"], "trunk": [None, "north-carrier"]},
    )


def test_a_rate_is_deleted_after_a_question_that_names_it(admin, world):
    rate_id = rate(world, "905").id
    assert "Delete rate 905 Turkey Mobile?" in admin.get(f"/tariffs/{rate_id}/delete")
    send(admin, f"/tariffs/{rate_id}/delete").follow()
    assert rate(world, "905") is None


def test_a_reseller_reads_both_prices_and_changes_nothing(portal, world):
    rate_id = rate(world, "905").id
    spare = RateDeck(tenant_id=world.north.tenant.id, name="Spare")
    session = world.see_everything()
    session.add(spare)
    session.flush()
    session.add(
        Rate(tenant_id=spare.tenant_id, deck_id=spare.id, prefix="1", destination="USA", rate=Decimal(1))
    )
    session.flush()
    app = portal(Role.RESELLER)
    assert rows(app.get("/tariffs"))[-1] == "905 Turkey Mobile north A-Z 0.024000 0.030000 30 s 6 s 0.002000"
    assert len(rows(app.get("/tariffs"))) == 3
    for address in (
        f"/tariffs/{rate_id}",
        f"/tariffs/{rate_id}/edit",
        f"/tariffs/{rate_id}/delete",
        "/tariffs/new",
    ):
        app.get(address, status=403)


@pytest.mark.parametrize("view", ["", "/edit", "/delete"])
def test_a_rate_of_another_tenant_is_not_there(admin, world, view):
    admin.get(f"/tariffs/{rate(world, '905', 'south').id}{view}", status=404)


@pytest.mark.parametrize(
    ("role", "line"),
    [
        (Role.ADMIN, "905,Turkey Mobile,0.024000,30,6,0.002000,north A-Z,"),
        (Role.RESELLER, "905,Turkey Mobile,0.024000,30,6,0.002000,north A-Z,0.030000,0.002500"),
    ],
)
def test_the_csv_has_the_filtered_rates_at_the_readers_prices(portal, exports, role, line):
    lines = portal(role).get("/tariffs/export?prefix=905").text.splitlines()
    assert lines[1:] == [line]


def test_a_client_has_no_tariffs(portal):
    portal(Role.CLIENT).get("/tariffs", status=403)
