"""What one person does shows in the tab that another has open, and a second click does nothing twice."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from cellhub.db.tenancy import Account
from cellhub.security.roles import Role

pytestmark = pytest.mark.browser

# Without the stream the tab would look by itself, but only every 15 seconds.
SOON_MS = 3_000


@pytest.fixture
def client(site) -> Account:
    return site.world.north.client


def balance_of(site, account: Account) -> Decimal:
    with site.books(site.world.north) as session:
        return session.get_one(Account, (account.tenant_id, account.id)).balance


def test_credit_shows_in_the_clients_open_tab_at_once_and_a_double_click_books_once(browse, site, client):
    before = balance_of(site, client)
    watching = browse(Role.CLIENT)
    watching.goto("/")
    expect(watching.get_by_role("banner").get_by_role("status")).to_contain_text("Live")
    expect(watching.locator("main")).to_contain_text(f"{before:.2f}")

    page = browse(Role.ADMIN)
    page.goto(f"/users/{client.id}")
    page.get_by_role("link", name="Add Credit", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount").fill("12.34")
    dialog.get_by_label("Reference note").fill("double click")
    dialog.get_by_role("button", name="Add").dblclick()
    page.wait_for_url(f"**/users/{client.id}/ledger")

    after = before + Decimal("12.34")
    expect(watching.locator("main")).to_contain_text(f"{after:.2f}", timeout=SOON_MS)
    assert balance_of(site, client) == after
