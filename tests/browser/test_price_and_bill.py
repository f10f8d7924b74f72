"""What the price box says beforehand is what a real call costs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.db.tenancy import Tenant
from cellhub.local.testcall import NUMBER, Order, place
from cellhub.security.models import Login
from cellhub.security.roles import Role
from cellhub.security.tickets import COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.calls]


def demo_admin(site) -> Login:
    """The administrator of the demo, whose phones call through the softswitch."""
    slug = site.installation.settings.tenant
    with scoped(site.sessions, Scope.platform()) as session:
        tenant_id = session.scalar(select(Tenant.id).where(Tenant.slug == slug))
        admin = select(Login).where(Login.tenant_id == tenant_id, Login.role == Role.ADMIN)
        return session.scalars(admin).one()


def rows_of(page: Page, title: str) -> list[list[str]]:
    """The cells of a table's body."""
    rows = page.get_by_role("region", name=title).locator("tbody tr").all()
    return [[cell.inner_text().strip() for cell in row.locator("td").all()] for row in rows]


def test_905_wins_over_90_and_9_and_a_real_call_costs_what_was_said(browse, site):
    page = browse()
    token = site.give_ticket(demo_admin(site))
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": site.address}])
    page.goto("/plans")
    page.get_by_role("link", name="Standard", exact=True).click()
    page.get_by_label("Number", exact=True).fill(NUMBER)
    page.get_by_label("Seconds talked").fill("2")
    page.get_by_role("button", name="Price it").click()
    said = page.get_by_role("status").filter(has_text="prices")
    expect(said).to_contain_text(f"905 Turkey Mobile prices {NUMBER}")
    candidates = rows_of(page, f"Candidates for {NUMBER}")
    assert [(row[0], row[1]) for row in candidates][:3] == [("Wins", "905"), ("Lost", "90"), ("Lost", "9")]

    placed = place(site.installation, Order(seconds=2.0))
    [record] = [bill.record for bill in placed.bills]
    assert record.billsec >= 2
    expect(said).to_contain_text(f"2 s cost ${record.costs[0]:.6f}")
