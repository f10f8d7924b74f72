"""What a page becomes while somebody works on it, in every look: dialogs, menus, answers, mistakes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cellhub.security.roles import Role
from tests.browser import axe
from tests.browser.survey import survey

pytestmark = pytest.mark.browser

RIGHT_FILE = "prefix,destination,rate,initblock,billingblock,connectcharge\n90,Turkey,0.05,30,6,0\n"
WRONG_FILE = RIGHT_FILE + "9o5,Nowhere,-1,0,6,0\n"


def first_row(page: Page) -> None:
    page.locator("table.grid-table tbody a").first.click()


def add_credit_typed(page: Page) -> None:
    page.goto("/users")
    first_row(page)
    page.get_by_role("link", name="Add Credit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount").fill("12.50")
    expect(dialog.get_by_role("button", name="Add $12.50")).to_be_visible()


def add_credit_refused(page: Page) -> None:
    page.goto("/users")
    first_row(page)
    page.get_by_role("link", name="Add Credit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount").fill("1,5")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.locator("[aria-invalid=true]").first).to_be_visible()


def user_refused(page: Page) -> None:
    page.goto("/users/new")
    page.get_by_role("button", name="Create user").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")


def deletion_asked(page: Page) -> None:
    page.goto("/sip-users")
    first_row(page)
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def secret_shown(page: Page) -> None:
    page.goto("/sip-users")
    first_row(page)
    page.get_by_role("link", name="New password").click()
    page.get_by_role("button", name="Make a new password").click()
    expect(page.get_by_label("Password, shown this once")).to_be_visible()


def account_menu_open(page: Page) -> None:
    page.goto("/")
    page.locator(".account > summary").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def columns_open(page: Page) -> None:
    page.goto("/cdr")
    page.locator("summary", has_text="Columns").click()
    expect(page.get_by_role("button", name="Reset")).to_be_visible()


def filter_open(page: Page) -> None:
    page.goto("/cdr")
    page.locator(".chip.addable").first.click()
    expect(page.get_by_role("button", name="Apply").first).to_be_visible()


def filters_that_match_nothing(page: Page) -> None:
    page.goto("/cdr?sip_user=nobody&status=BUSY")
    expect(page.get_by_role("heading", name="No calls match")).to_be_visible()


def rows_ticked(page: Page) -> None:
    page.goto("/cdr")
    page.locator(".pick").nth(2).check()
    expect(page.get_by_role("region", name="Selection")).to_be_visible()


def search_answered(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("north")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="north client").first).to_be_visible()


def number_priced(page: Page) -> None:
    page.goto("/plans")
    page.get_by_role("link", name="north standard").click()
    page.get_by_label("Number", exact=True).fill("905551234567")
    page.get_by_role("button", name="Price it").click()
    expect(page.get_by_role("status").filter(has_text="Turkey Mobile")).to_be_visible()


def number_refused(page: Page) -> None:
    page.goto("/plans")
    page.get_by_role("link", name="north standard").click()
    page.get_by_label("Number", exact=True).fill("9o5")
    page.get_by_role("button", name="Price it").click()
    expect(page.locator("#ask-number-error")).to_be_visible()


def upload(page: Page, text: str) -> None:
    page.goto("/rate-decks")
    page.get_by_role("link", name="north unsold").click()
    page.get_by_role("link", name="Import CSV").click()
    page.locator("#file").set_input_files(
        {"name": "rates.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Check the file").click()


def file_compared(page: Page) -> None:
    upload(page, RIGHT_FILE)
    expect(page.get_by_role("button", name="Publish")).to_be_visible()


def file_refused(page: Page) -> None:
    upload(page, WRONG_FILE)
    expect(page.get_by_text("Nothing was imported")).to_be_visible()


def nothing_here(page: Page) -> None:
    page.goto("/users/4611686018427387904")
    expect(page.get_by_role("heading", name="Nothing is here")).to_be_visible()


MOMENTS: tuple[Callable[[Page], None], ...] = (
    *(add_credit_typed, user_refused, deletion_asked, secret_shown, account_menu_open, columns_open),
    *(filter_open, filters_that_match_nothing, rows_ticked, search_answered, number_priced, number_refused),
    *(add_credit_refused, file_compared, file_refused, nothing_here),
)


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
def test_a_moment_is_as_accessible_as_the_page(moment, browse, complaints):
    for status in (400, 404):
        complaints.expect_status(status)
    page = browse(Role.SUPERADMIN)
    moment(page)
    seen = survey(page)
    assert (seen.findings, seen.sideways) == ({}, [])


def test_the_way_in_is_accessible_and_says_what_is_wrong(browse, complaints):
    complaints.expect_status(400)
    page = browse()
    page.goto("/login")
    page.get_by_label("Email").fill("nobody@north.example")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    seen = survey(page)
    assert (seen.findings, seen.sideways) == ({}, [])


def test_the_menu_of_a_phone_is_a_drawer(browse):
    page = browse(Role.ADMIN, viewport={"width": 320, "height": 640})
    page.goto("/users")
    page.get_by_role("button", name="Menu").click()
    drawer = page.get_by_role("dialog", name="Menu")
    expect(drawer.get_by_role("link", name="SIP Users")).to_be_visible()
    assert axe.findings(page) == []
    drawer.get_by_role("button", name="Close the menu").click()
    expect(drawer).to_be_hidden()
