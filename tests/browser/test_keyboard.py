"""From the way in to a paying customer with a phone, without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from cellhub.security.roles import Role
from tests.browser.keyboard import Keyboard
from tests.factories.world import PASSWORD

pytestmark = pytest.mark.browser

NAME = "Keyboard Customer"
IS_OUTSIDE = "!document.activeElement.matches('body, dialog[open] *')"


@pytest.fixture
def keyboard(browse) -> Keyboard:
    return Keyboard(browse())


def sign_in(keyboard: Keyboard, email: str) -> None:
    keyboard.page.goto("/login")
    assert keyboard.is_on(keyboard.page.get_by_label("Email"))
    keyboard.type(email)
    keyboard.fill("Password", PASSWORD)
    with keyboard.page.expect_navigation():
        keyboard.press("Enter")


def open_from_menu(keyboard: Keyboard, group: str, title: str) -> None:
    menu = keyboard.page.get_by_role("navigation", name="Main")
    summary = menu.locator("summary", has_text=group)
    if not menu.get_by_role("link", name=title, exact=True).is_visible():
        keyboard.go_to(summary)
        keyboard.press("Enter")
    keyboard.go_to(menu.get_by_role("link", name=title, exact=True))
    with keyboard.page.expect_navigation():
        keyboard.press("Enter")


def test_a_customer_is_opened_paid_and_connected_by_keyboard_alone(keyboard, site):
    page = keyboard.page
    sign_in(keyboard, site.login_of(Role.ADMIN).email)

    open_from_menu(keyboard, "Clients", "Users")
    keyboard.follow("New user")
    keyboard.fill("Name", NAME)
    keyboard.fill("Email", "keyboard@north.example")
    keyboard.push("Create user")
    expect(page.get_by_label("Password, shown this once")).to_be_visible()
    keyboard.follow(f"Open {NAME}")

    keyboard.go_to(page.get_by_role("link", name="Add Credit", exact=True))
    keyboard.press("Enter")
    amount = page.get_by_role("dialog").get_by_label("Amount")
    expect(amount).to_be_focused()
    keyboard.type("25")
    keyboard.fill("Reference note", "bank transfer 4711")
    keyboard.push("Add $25.00")
    expect(page.locator("#ledger tbody tr")).to_contain_text(["25.000000"])

    keyboard.follow("SIP Users 0")
    keyboard.follow("New SIP user")
    keyboard.fill("Username", "keyboard-1")
    keyboard.push("Create SIP user")
    expect(page.get_by_label("Password, shown this once")).to_be_visible()

    open_from_menu(keyboard, "Clients", "Users")
    keyboard.follow(NAME)
    keyboard.follow("Settings")
    keyboard.fill("Plan", "north standard")
    keyboard.push("Save changes")
    expect(page.locator(".relations")).to_contain_text("plan north standard")
    expect(page.get_by_role("navigation", name=f"Pages of {NAME}")).to_contain_text("SIP Users 1")


def test_a_dialog_keeps_the_focus_and_gives_it_back(browse, site):
    page = browse(Role.ADMIN)
    keyboard = Keyboard(page)
    page.goto(f"/users/{site.world.north.client.id}")
    button = page.get_by_role("link", name="Add Credit", exact=True)
    keyboard.go_to(button)
    keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Amount")).to_be_focused()
    for _ in range(12):
        keyboard.press("Tab")
        assert not page.evaluate(IS_OUTSIDE)
    keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(button).to_be_focused()
