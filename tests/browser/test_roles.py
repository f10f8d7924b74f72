"""Each role signs in, finds the pages of the table, and nothing of anybody else's."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from cellhub.security.roles import GRANTS, Permission, Role
from cellhub.web.menu import CLIENT_MENU, MENU
from tests.browser.conftest import sign_in, token_of
from tests.browser.site import Site
from tests.tenancy.addresses import path_to
from tests.tenancy.application import Place, View, guarded_views, pages, places

pytestmark = pytest.mark.browser

NOBODYS_NAME = "south"
"""Part of the name of everything that the other company has."""


def menu_of(role: Role) -> list[tuple[str, str]]:
    groups = CLIENT_MENU if role is Role.CLIENT else MENU
    entries = [entry for _, _, entries in groups for entry in entries if role in GRANTS[entry.permission]]
    return [("Dashboard", "/"), *((entry.title, entry.href) for entry in entries)]


def hidden_pages() -> list[tuple[Role, str]]:
    return [
        (role, path)
        for path, permission in pages().items()
        for role in Role
        if role not in GRANTS[Permission(permission)]
    ]


@pytest.mark.parametrize("role", Role)
def test_a_role_signs_in_and_its_menu_is_the_tables(role, browse, site):
    page = browse()
    sign_in(page, site.login_of(role).email)
    links = page.get_by_role("navigation", name="Main").locator("a").all()
    shown = [((link.text_content() or "").strip(), link.get_attribute("href")) for link in links]
    assert shown == menu_of(role)


@pytest.mark.parametrize("role", Role)
def test_every_page_of_the_menu_opens_and_marks_its_place(role, browse):
    page = browse(role)
    current = page.get_by_role("navigation", name="Main").locator("[aria-current=page]")
    for title, href in menu_of(role):
        assert page.goto(href).status == 200, href
        expect(current).to_have_text(title)


@pytest.mark.parametrize(("role", "path"), hidden_pages())
def test_a_page_that_the_menu_hides_is_refused_by_its_address(role, path, browse, complaints):
    complaints.expect_status(403)
    page = browse(role)
    assert page.goto(path).status == 403
    expect(page.get_by_role("heading", level=2)).to_have_text("This page is not for your role")


def foreign_rows(site: Site) -> dict[Place, str]:
    """One row of the other company in each place."""
    with site.addresses(site.give_ticket(site.world.south.logins[Role.ADMIN])) as addresses:
        return {place: addresses.rows(place)[0] for place in places()}


def addresses_below(place: Place, row: str) -> list[str]:
    """What can be asked of a row: pages, dialogs, fragments, and files to download."""
    views = [view for view in guarded_views() if place.holds(view) and "GET" in view.methods]
    return [path_to(view, row) for view in views]


@pytest.mark.parametrize("role", Role)
def test_what_another_company_has_is_nowhere(role, browse, site, complaints):
    complaints.expect_status(404)
    page = browse(role)
    for place, row in foreign_rows(site).items():
        assert page.goto(row).status == 404, row
        expect(page.get_by_role("heading", level=2)).to_have_text("Nothing is here")
        for address in addresses_below(place, row):
            for headers in ({}, {"HX-Request": "true"}):
                assert page.request.get(address, headers=headers).status == 404, address


@pytest.mark.parametrize("role", Role)
def test_a_stream_is_not_somebodys_but_ones_own(role, browse, site):
    page = browse(role)
    account = site.world.south.client.id
    for address in (f"events/{account}", f"users/{account}/events"):
        assert page.request.get(site.live_address + address).status == 404


@pytest.mark.parametrize("role", Role)
def test_an_export_holds_nothing_of_another_company(role, browse, site):
    page = browse(role)
    with site.addresses(token_of(page)) as own:
        exports = [path_to(view, base) for view in exports_of(role) for base in own.bases(view)]
    assert exports
    for address in exports:
        answer = page.request.get(address)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8"), address
        assert NOBODYS_NAME not in answer.text().lower(), address


def exports_of(role: Role) -> list[View]:
    return [view for view in guarded_views() if is_export(view) and view.is_granted_to(role)]


def is_export(view: View) -> bool:
    return view.name == "export" or view.name.endswith(".csv")
