"""Rate decks: the list, a deck's page, what is done to a deck, and which rate prices a number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from cellhub.accounts.models import AuditEntry
from cellhub.rates.models import PlanDeck, Rate, RateDeck
from cellhub.security.roles import Role

DECK = {"name": "Wholesale", "block_rule": "after_initial", "rounding": "half_up", "decimals": "4"}


@pytest.fixture
def admin(portal):
    return portal(Role.ADMIN)


def submit(app, address, **fields):
    """Send the form of an address with some fields changed; the answer may be a refusal."""
    form = next(one for one in app.get(address).forms.values() if one.action.startswith("/rate-decks"))
    for name, value in fields.items():
        form[name].force_value(value)
    return form.submit(expect_errors=True)


def errors(page):
    return [one.get_text(strip=True) for one in page.html.select(".field .error")]


def decks_named(world, name):
    return world.see_everything().scalars(select(RateDeck).where(RateDeck.name == name)).all()


def empty_deck(world, name="Spare"):
    deck = RateDeck(tenant_id=world.north.tenant.id, name=name)
    session = world.see_everything()
    session.add(deck)
    session.flush()
    return deck


def test_the_list_names_decks_with_their_rules_and_plans(admin, world):
    page = admin.get("/rate-decks")
    row = page.html.select_one(f"#decks-{world.north.deck.id}").get_text(" ", strip=True)
    assert row == "north A-Z 3 north standard After the initial block Half up 6 Import CSV"
    assert "south A-Z" not in page


def test_a_deck_is_created_with_its_rules(admin, world):
    page = submit(
        admin,
        "/rate-decks/new",
        **DECK,
    ).follow()
    assert page.html.h1.text == "Wholesale"
    assert "0 rates, in no plan" in page.html.select_one(".relations").text
    (deck,) = decks_named(world, "Wholesale")
    assert (deck.tenant_id, deck.decimals, deck.is_default) == (world.north.tenant.id, 4, False)
    assert (
        world.session.scalar(select(AuditEntry.action).where(AuditEntry.object_id == str(deck.id)))
        == "create"
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": " "}, "Write a name."),
        ({"name": "x" * 81}, "Write at most 80 characters."),
        ({"name": "a\x00b"}, "Write it on one line, without control characters."),
        ({"name": "=cmd|' /C calc'!A0"}, "Begin it with a letter or digit, not with = + - or @."),
        ({"name": "north A-Z"}, "A deck has this name already. Write another one."),
        ({"decimals": "7"}, "Write a whole number from 0 to 6."),
        ({"block_rule": "sideways"}, "Choose one of: After the initial block, From the start of the call."),
    ],
)
def test_a_bad_deck_is_refused_at_its_field_and_what_was_typed_stays(admin, world, fields, sentence):
    page = submit(admin, "/rate-decks/new", **{**DECK, **fields})
    assert page.status_int == 400
    assert errors(page) == [sentence]
    assert page.html.select_one("#decimals")["value"] == fields.get("decimals", "4")
    assert decks_named(world, "Wholesale") == []


def test_mass_assignment_reaches_no_other_column(admin, world):
    foreign = {"is_default": "1", "tenant_id": world.south.tenant.id}
    token = admin.get("/rate-decks/new").html.select_one("main input[name=csrf_token]")["value"]
    admin.post("/rate-decks/new", {**DECK, **foreign, "csrf_token": token})
    (deck,) = decks_named(world, "Wholesale")
    assert (deck.tenant_id, deck.is_default) == (world.north.tenant.id, False)


def test_a_changed_deck_says_in_its_history_what_changed(admin, world):
    submit(admin, f"/rate-decks/{world.north.deck.id}/edit", decimals="4", rounding="up").follow()
    entry = (
        world.see_everything().scalars(select(AuditEntry).where(AuditEntry.object_kind == "rate_deck")).one()
    )
    assert entry.changes == {"decimals": [6, 4], "rounding": ["half_up", "up"]}


def test_one_deck_at_a_time_is_the_default(admin, world):
    spare = empty_deck(world)
    for deck in (world.north.deck, spare):
        page = admin.get(f"/rate-decks/{deck.id}")
        form = next(one for one in page.forms.values() if one.action.endswith("/default"))
        assert "prices what no plan prices" in form.submit().follow()
    defaults = world.see_everything().scalars(select(RateDeck.name).where(RateDeck.is_default)).all()
    assert defaults == ["Spare"]


def test_a_deck_in_use_is_kept_and_says_for_whom(admin, world):
    session = world.see_everything()
    world.north.sip_user.rate_deck_id = world.north.deck.id
    session.flush()
    page = admin.get(f"/rate-decks/{world.north.deck.id}/delete")
    assert "It is used by plan north standard and SIP user north-101." in page
    token = page.html.select_one("input[name=csrf_token]")["value"]
    answer = admin.post(f"/rate-decks/{world.north.deck.id}/delete", {"csrf_token": token}, status=409)
    assert "cannot be deleted" in answer
    assert decks_named(world, "north A-Z") != []


def test_a_deck_that_nobody_needs_is_deleted_with_its_rates(admin, world):
    session = world.see_everything()
    session.execute(PlanDeck.__table__.delete().where(PlanDeck.deck_id == world.north.deck.id))
    assert "Its 3 rates go with it." in admin.get(f"/rate-decks/{world.north.deck.id}/delete")
    submit(admin, f"/rate-decks/{world.north.deck.id}/delete").follow()
    assert decks_named(world, "north A-Z") == []
    left = select(func.count()).select_from(Rate).where(Rate.tenant_id == world.north.tenant.id)
    assert world.see_everything().scalar(left) == 0


@pytest.mark.parametrize("seconds", ["60", "61", "1"])
def test_905_wins_over_90_and_9_and_the_others_say_why_they_lost(admin, world, seconds):
    page = admin.get(f"/rate-decks/{world.north.deck.id}?number=%2B905551234567&seconds={seconds}")
    rows = [
        [cell.get_text(strip=True) for cell in row.find_all("td")]
        for row in page.html.select("#number-box .table-wrap:not(.flush-wrap) tbody tr")
    ]
    assert rows == [
        ["Wins", "905", "Turkey Mobile", "0.024000", "longest prefix of the first source"],
        ["Lost", "90", "Turkey", "0.098000", "shorter than 905"],
        ["Lost", "9", "World", "0.120000", "shorter than 905"],
    ]
    cost = {"60": "$0.026000", "61": "$0.028400", "1": "$0.014000"}[seconds]
    assert cost in page.html.select_one("#number-box [role=status]").text


def test_a_number_without_a_rate_is_said_to_be_refused(admin, world):
    page = admin.get(f"/rate-decks/{world.north.deck.id}?number=447700900123")
    assert "No rate prices 447700900123." in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("number=9o5", "Dial digits only, at most 20, with or without a leading +."),
        ("number=90<script>", "Dial digits only, at most 20, with or without a leading +."),
        ("number=90%00", "Dial digits only, at most 20, with or without a leading +."),
        ("number=905551234567&seconds=-1", "Write whole seconds from 1 to 86400."),
        ("number=905551234567&seconds=9999999999999999999999", "Write whole seconds from 1 to 86400."),
        ("number=905551234567&seconds=1e309", "Write whole seconds from 1 to 86400."),
    ],
)
def test_a_number_that_cannot_be_read_says_what_to_write(admin, world, query, sentence):
    page = admin.get(f"/rate-decks/{world.north.deck.id}?{query}")
    assert errors(page) == [sentence]
    assert "<script>" not in page.html.select_one("#number-box").decode()


def test_the_rates_of_a_deck_are_filtered_and_paged(admin, world):
    session = world.see_everything()
    own = {"tenant_id": world.north.tenant.id, "deck_id": world.north.deck.id}
    session.add_all(
        Rate(**own, prefix=f"44{one:03}", destination="UK", rate=Decimal(1)) for one in range(120)
    )
    session.flush()
    page = admin.get(f"/rate-decks/{world.north.deck.id}?prefix=44")
    assert len(page.html.select("#rates tbody tr")) == 50
    third = page.click("Older").click("Older")
    assert [row.td.text for row in third.html.select("#rates tbody tr")][-1] == "44119"
    assert "Write the first digits of the prefix" in admin.get(f"/rate-decks/{world.north.deck.id}?prefix=4x")
    assert "without control characters" in admin.get(f"/rate-decks/{world.north.deck.id}?destination=%00")


def test_a_reseller_reads_the_decks_of_its_plan_with_both_prices(portal, world):
    spare, own = empty_deck(world).id, world.north.deck.id
    app = portal(Role.RESELLER)
    assert "Spare" not in app.get("/rate-decks")
    app.get(f"/rate-decks/{spare}", status=404)
    page = app.get(f"/rate-decks/{own}?number=905551234567")
    row = page.html.select("#rates tbody tr")[-1].get_text(" ", strip=True)
    assert row == "905 Turkey Mobile 0.024000 0.030000 30 s 6 s 0.002000"
    assert "60 s cost $0.026000, your clients pay $0.032500." in " ".join(
        page.html.select_one("#number-box").text.split()
    )
    assert page.html.find(string="Import CSV") is None


@pytest.mark.parametrize("view", ["edit", "delete", "import"])
def test_a_reseller_changes_no_deck(portal, world, view):
    portal(Role.RESELLER).get(f"/rate-decks/{world.north.deck.id}/{view}", status=403)


@pytest.mark.parametrize("view", ["", "/edit", "/delete", "/import", "/export"])
def test_a_deck_of_another_tenant_is_not_there(admin, world, view):
    admin.get(f"/rate-decks/{world.south.deck.id}{view}", status=404)


def test_a_client_has_no_rate_decks(portal):
    portal(Role.CLIENT).get("/rate-decks", status=403)


def test_a_deck_is_exported_in_the_columns_of_its_import(admin, world, exports):
    lines = admin.get(f"/rate-decks/{world.north.deck.id}/export").text.splitlines()
    assert lines == [
        "prefix,destination,rate,initblock,billingblock,connectcharge",
        "9,World,0.120000,30,6,0.002000",
        "90,Turkey,0.098000,30,6,0.002000",
        "905,Turkey Mobile,0.024000,30,6,0.002000",
    ]
