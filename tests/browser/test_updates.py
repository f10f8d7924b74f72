"""An update's steps move on an open page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.domain.updates import Move, Step
from cellhub.security.roles import Role
from cellhub.updates import services

pytestmark = pytest.mark.browser


@pytest.fixture
def update(site):
    """The update that the site has begun, in the step that it is in."""
    with scoped(site.sessions, Scope.platform()) as session:
        return services.unfinished(session)


def test_a_step_that_is_taken_shows_on_an_open_page_and_its_message_stays(browse, site, update):
    page = browse(Role.SUPERADMIN)
    page.goto(f"/updates/{update.id}")
    now = page.locator("li[aria-current=step] b")
    expect(now).to_have_text("Preflight")
    with scoped(site.sessions, Scope.platform()) as session:
        row = session.merge(update)
        services.move(session, "Ada", row, Step.PREFLIGHT, Move(Step.BACKUP, "The books agree."))
    expect(now).to_have_text("Backup")
    expect(page.locator(".steps")).to_contain_text("The books agree.")
