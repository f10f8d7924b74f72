"""An update's steps move on an open page, and its files are chosen in one."""

from __future__ import annotations

import hashlib

import pytest
from playwright.sync_api import expect

from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.domain.updates import Move, Step
from cellhub.security.roles import Role
from cellhub.updates import services
from tests.functional.updates.releases import signed

pytestmark = pytest.mark.browser

ARCHIVE = "cellhub-1.5.0.tar.gz"
CONTENT = bytes(range(256)) * 10_000
"""Two megabytes: more than the portal keeps of an upload in memory."""


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


def choose(page, content):
    """Choose the three files of a release in the page, with an archive that has this content."""
    digest = hashlib.sha256(CONTENT).hexdigest()
    document, signature = signed(archive={"name": ARCHIVE, "sha256": digest})
    page.goto("/updates/new")
    for label, name, buffer in (
        ("Manifest", "manifest.json", document),
        ("Signature", "manifest.json.sig", signature.encode()),
        ("Archive", ARCHIVE, content),
    ):
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": buffer}
        page.get_by_label(label, exact=True).set_input_files(file)
    page.get_by_role("button", name="Begin update").click()


def test_an_archive_that_is_not_the_signed_one_is_refused_at_its_field(browse, complaints):
    complaints.expect_status(400)
    page = browse(Role.SUPERADMIN)
    choose(page, CONTENT[:-1])
    expect(page.locator("#archive-error")).to_contain_text(f"{ARCHIVE} has the digest ")


def test_the_signed_one_is_taken_from_the_browser_but_there_is_one_update_at_a_time(
    browse, update, complaints
):
    complaints.expect_status(400)
    page = browse(Role.SUPERADMIN)
    choose(page, CONTENT)
    expect(page.get_by_role("alert")).to_contain_text("Another update has not ended")
