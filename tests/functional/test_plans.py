"""Plans: decks in order, and what they come to."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from cellhub.accounts.models import AuditEntry
from cellhub.rates.models import Plan, PlanDeck, Rate, RateDeck
from cellhub.security.roles import Role
from tests.functional.forms import send, token


@pytest.fixture
def admin(portal):
    return portal(Role.ADMIN)


@pytest.fixture
def cheap(world):
    """A second deck of the north tenant, with a price for Turkey and one for the USA."""
    session = world.see_everything()
    deck = RateDeck(tenant_id=world.north.tenant.id, name="Cheap")
    session.add(deck)
    session.flush()
    for prefix, destination in (("90", "Turkey"), ("1", "USA")):
        session.add(
            Rate(
                tenant_id=deck.tenant_id,
                deck_id=deck.id,
                prefix=prefix,
                destination=destination,
                rate=Decimal("0.01"),
            )
        )
    session.flush()
    return deck.id


def errors(page):
    return [one.get_text(strip=True) for one in page.html.select(".field .error")]


def plan_named(world, name):
    return world.see_everything().scalars(select(Plan).where(Plan.name == name)).one_or_none()


def decks_of(world, plan_id):
    places = select(RateDeck.name).join(PlanDeck, PlanDeck.deck_id == RateDeck.id)
    return (
        world.see_everything()
        .scalars(places.where(PlanDeck.plan_id == plan_id).order_by(PlanDeck.position))
        .all()
    )


def effective(page):
    return [row.get_text(" ", strip=True) for row in page.html.select("#rates tbody tr")]


def test_the_list_names_decks_in_order_and_counts_users(admin):
    page = admin.get("/plans")
    assert [row.get_text(" ", strip=True) for row in page.html.select("#plans tbody tr")] == [
        "north standard north A-Z 2"
    ]


def test_a_plan_puts_decks_in_order_and_the_first_wins_at_equal_prefixes(admin, world, cheap):
    north = str(world.north.deck.id)
    page = send(admin, "/plans/new", **{"name": "Both", "decks-0": str(cheap), "decks-1": north}).follow()
    assert decks_of(world, plan_named(world, "Both").id) == ["Cheap", "north A-Z"]
    assert effective(page) == [
        "1 USA Cheap 0.010000 0 s 1 s 0.000000",
        "9 World north A-Z 0.120000 30 s 6 s 0.002000",
        "90 Turkey Cheap 0.010000 0 s 1 s 0.000000",
        "905 Turkey Mobile north A-Z 0.024000 30 s 6 s 0.002000",
    ]


def test_the_longest_prefix_wins_over_the_order_of_decks(admin, world, cheap):
    plan_id, north = world.north.plan.id, str(world.north.deck.id)
    send(admin, f"/plans/{plan_id}/edit", **{"decks-0": str(cheap), "decks-1": north}).follow()
    page = admin.get(f"/plans/{plan_id}?number=905551234567")
    shown = [
        row.get_text(" ", strip=True)
        for row in page.html.select("#number-box .table-wrap")[0].select("tbody tr")
    ]
    assert shown == [
        "Wins 905 Turkey Mobile north A-Z 0.024000 longest prefix of the first source",
        "Lost 90 Turkey Cheap 0.010000 shorter than 905",
        "Lost 90 Turkey north A-Z 0.098000 shorter than 905",
        "Lost 9 World north A-Z 0.120000 shorter than 905",
    ]


def test_the_default_deck_prices_what_the_plan_does_not(admin, world, cheap):
    plan_id = world.north.plan.id
    session = world.see_everything()
    session.get_one(RateDeck, (world.north.tenant.id, cheap)).is_default = True
    session.flush()
    page = admin.get(f"/plans/{plan_id}?number=12025550100")
    assert "USA prices 12025550100: 60 s cost $0.010000" in " ".join(
        page.html.select_one("[role=status]#x, #number-box [role=status]").text.split()
    )


def test_changing_the_order_is_in_the_history(admin, world, cheap):
    plan_id, north = world.north.plan.id, str(world.north.deck.id)
    send(admin, f"/plans/{plan_id}/edit", **{"decks-0": str(cheap), "decks-1": north}).follow()
    entry = world.see_everything().scalars(select(AuditEntry).where(AuditEntry.object_kind == "plan")).one()
    assert entry.changes == {"decks": ["north A-Z", "Cheap, north A-Z"]}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Write a name."),
        ({"name": "north standard"}, "A plan has this name already. Write another one."),
        ({"decks-0": ""}, "Choose at least one rate deck."),
        ({"decks-1": "same"}, "A rate deck stands in two places. Leave one of them empty."),
        ({"decks-0": "south"}, "Choose one of the Rate Deck 1 in the list."),
        ({"decks-0": "x"}, "Choose one of the Rate Deck 1 in the list."),
    ],
)
def test_a_bad_plan_is_refused_at_its_field(admin, world, cheap, fields, sentence):
    known = {"same": world.north.deck.id, "south": world.south.deck.id}
    values = {"name": "Both", "decks-0": str(world.north.deck.id), "decks-1": ""}
    values |= {name: str(known.get(value, value)) for name, value in fields.items()}
    page = admin.post("/plans/new", {**values, "csrf_token": token(admin)}, status=400)
    assert errors(page) == [sentence]
    assert plan_named(world, "Both") is None


def test_a_plan_in_use_is_kept_and_says_for_whom(admin, world):
    plan_id = world.north.plan.id
    assert "It is the plan of users north client, north reseller." in admin.get(f"/plans/{plan_id}/delete")
    admin.post(f"/plans/{plan_id}/delete", {"csrf_token": token(admin)}, status=409)
    assert plan_named(world, "north standard") is not None


def test_a_plan_that_nobody_has_is_deleted_and_its_decks_stay(admin, world):
    deck_id = str(world.north.deck.id)
    send(admin, "/plans/new", **{"name": "Short", "decks-0": deck_id}).follow()
    send(admin, f"/plans/{plan_named(world, 'Short').id}/delete").follow()
    assert plan_named(world, "Short") is None
    admin.get(f"/rate-decks/{deck_id}")


def test_a_reseller_reads_its_own_plan_only(portal, world, cheap):
    plan_id = world.north.plan.id
    session = world.see_everything()
    other = Plan(tenant_id=world.north.tenant.id, name="Other")
    session.add(other)
    session.flush()
    other_id = other.id
    app = portal(Role.RESELLER)
    assert [row.get_text(" ", strip=True) for row in app.get("/plans").html.select("#plans tbody tr")] == [
        "north standard north A-Z"
    ]
    page = app.get(f"/plans/{plan_id}")
    assert effective(page)[-1] == "905 Turkey Mobile north A-Z 0.024000 0.030000 30 s 6 s 0.002000"
    assert "north client" not in page
    app.get(f"/plans/{other_id}", status=404)
    app.get(f"/plans/{plan_id}/edit", status=403)
    app.get(f"/plans/{plan_id}/delete", status=403)


@pytest.mark.parametrize("view", ["", "/edit", "/delete"])
def test_a_plan_of_another_tenant_is_not_there(admin, world, view):
    admin.get(f"/plans/{world.south.plan.id}{view}", status=404)
