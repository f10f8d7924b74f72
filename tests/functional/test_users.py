"""Users: who sees whom, and the list with its filters, pages and CSV."""

from __future__ import annotations

import pytest
from pyramid.request import Request

from cellhub.db.tenancy import AccountKind
from cellhub.security.roles import Role
from tests.factories.world import make_account

STAFF = (Role.SUPERADMIN, Role.ADMIN)


def names(page):
    return [link.text for link in page.html.select("#users tbody tr:not(.totals) td:first-child a")]


@pytest.mark.parametrize("role", STAFF)
def test_staff_sees_every_customer_of_the_tenant_and_the_sum_of_their_balances(portal, role):
    page = portal(role).get("/users")
    assert names(page) == ["north client", "north reseller", "north resold client"]
    assert page.html.select("tr.totals td")[-1].text == "150.00"


def test_a_reseller_sees_its_own_customers_and_not_itself(portal):
    page = portal(Role.RESELLER).get("/users")
    assert names(page) == ["north resold client"]
    assert page.html.select("tr.totals td")[-1].text == "50.00"


@pytest.mark.parametrize("address", ["/users", "/users/new", "/users/export"])
def test_a_client_has_no_users(portal, address):
    portal(Role.CLIENT).get(address, status=403)


PAGES = (
    "",
    "/ledger",
    "/ledger.csv",
    "/sip-users",
    "/history",
    "/edit",
    "/credit",
    "/credit-after",
    "/status?to=blocked",
    "/password",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_customer_of_others_is_no_page_at_all(portal, world, page):
    portal(Role.ADMIN).get(f"/users/{world.south.client.id}{page}", status=404)
    portal(Role.RESELLER).get(f"/users/{world.north.client.id}{page}", status=404)
    portal(Role.RESELLER).get(f"/users/{world.north.reseller.id}{page}", status=404)


@pytest.mark.parametrize(
    "page", ["", "/ledger", "/sip-users", "/history", "/edit", "/credit", "/credit-after"]
)
def test_every_page_of_a_customer_opens(portal, world, page):
    assert (
        "north resold client" in portal(Role.RESELLER).get(f"/users/{world.north.resold.id}{page}")
        or page == "/credit-after"
    )


@pytest.mark.parametrize("id_", ["0", "-1", "1e3", "9" * 30, "%D9%A1", "1 OR 1=1", "%00"])
def test_what_is_no_id_is_no_page(portal, id_):
    portal(Role.ADMIN).get(f"/users/{id_}", status=404)


def test_a_query_that_is_not_utf_8_is_refused(portal):
    assert "not UTF-8" in portal(Role.ADMIN).get("/users?name=%ff", status=400)


def test_a_path_that_is_not_utf_8_is_refused(router):
    # Without WebTest, whose own cookie jar stumbles over such an address.
    request = Request.blank("/users/")
    request.environ["PATH_INFO"] = "/users/\xff"
    assert request.get_response(router).status_int == 400


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=RESOLD", ["north resold client"]),
        ("name=reseller@north", ["north reseller"]),
        ("name=%25", []),
        ("status=suspended", []),
        ("status=active&role=reseller", ["north reseller"]),
        ("role=client", ["north client", "north resold client"]),
    ],
)
def test_filters_narrow_the_list(portal, query, found):
    assert names(portal(Role.ADMIN).get(f"/users?{query}")) == found


def test_the_reseller_filter_shows_everybody_below_it(portal, world):
    assert names(portal(Role.ADMIN).get(f"/users?reseller={world.north.reseller.id}")) == [
        "north resold client"
    ]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("status=gone", "Choose one of active, suspended, blocked."),
        ("role=admin", "Choose one of reseller, client."),
        ("reseller=1 OR 1=1", "Choose a reseller in the list."),
        ("name=a%00b", "Write it without control characters."),
    ],
)
def test_a_filter_that_cannot_be_read_is_not_used_and_says_what_to_write(portal, query, sentence):
    page = portal(Role.ADMIN).get(f"/users?{query}")
    assert sentence in page
    assert len(names(page)) == 3


@pytest.mark.parametrize("cursor", ["x", "~", "~~", "a~b", "a%00~1", "a~" + "9" * 40])
def test_a_bent_cursor_does_no_harm(portal, cursor):
    assert portal(Role.ADMIN).get(f"/users?after={cursor}").status_int == 200


def test_pages_follow_each_other_without_a_gap(portal, world):
    session = world.see_everything()
    for number in range(60):
        make_account(session, world.north, AccountKind.CLIENT, f"user {number:02}")
    app = portal(Role.ADMIN)
    first = app.get("/users")
    second = app.get(first.html.select_one("a[rel=next]")["href"])
    assert len(names(first)) == 50
    assert len({*names(first), *names(second)}) == 63
    assert "63 users" in first


def test_the_csv_is_the_filtered_list_and_no_spreadsheet_runs_it(portal, world):
    make_account(world.see_everything(), world.north, AccountKind.CLIENT, "=cmd|'/c calc'!A0")
    lines = portal(Role.ADMIN).get("/users/export?role=client").text.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("id,name,email,role")
    assert "'=cmd" in lines[1]


def test_a_name_with_markup_is_shown_as_text(portal, world):
    make_account(world.see_everything(), world.north, AccountKind.CLIENT, "<script>alert(1)</script>")
    page = portal(Role.ADMIN).get("/users")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
