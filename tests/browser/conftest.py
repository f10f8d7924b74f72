"""Chromium without a window, in front of the running portal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cellhub.db.roles import PORTAL
from cellhub.db.session import make_engine, make_session_factory
from cellhub.security.roles import Role
from cellhub.security.tickets import COOKIE
from tests.browser.complaints import Complaints
from tests.browser.site import Site, fill
from tests.factories.world import PASSWORD
from tests.fixtures.machine import Machine
from tests.fixtures.tiers import chromium

WIDE = {"width": 1440, "height": 900}
WAIT_MS = 10_000
expect.set_options(timeout=WAIT_MS)

SignedIn = dict[Role, Any]
Browse = Callable[..., Page]


@pytest.fixture(scope="session")
def site(machine: Machine) -> Iterator[Site]:
    """The portal, filled once."""
    engine = make_engine(machine.installation.database_url(PORTAL.name), application="browser tests")
    sessions = make_session_factory(engine)
    yield Site(machine.installation, sessions, fill(sessions))
    engine.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a file.

    Not for the session: Playwright's loop would stay in this thread, where other tiers start theirs.
    """
    with (
        sync_playwright() as playwright,
        closing(playwright.chromium.launch(executable_path=chromium())) as browser,
    ):
        yield browser


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """What the browser has against the pages of a test; nothing, unless the test expects it."""
    complaints = Complaints()
    yield complaints
    assert complaints.unexpected == []


@pytest.fixture(scope="session")
def signed_in() -> SignedIn:
    """The cookies of each role, once it has signed in."""
    return {}


@pytest.fixture
def browse(browser: Browser, site: Site, signed_in: SignedIn, complaints: Complaints) -> Iterator[Browse]:
    """Open a browser of its own for a role or, without one, for a stranger; returns its page."""
    with ExitStack() as contexts:

        def open_browser(role: Role | None = None, **options: Any) -> Page:
            context = browser.new_context(
                base_url=site.address,
                storage_state=_cookies_of(role, browser, site, signed_in),
                reduced_motion="reduce",
                **({"viewport": WIDE} | options),
            )
            contexts.callback(context.close)
            context.set_default_timeout(WAIT_MS)
            complaints.listen_to(context)
            return context.new_page()

        yield open_browser


def _cookies_of(role: Role | None, browser: Browser, site: Site, signed_in: SignedIn) -> Any:
    if role is None:
        return None
    if role not in signed_in:
        with closing(browser.new_context(base_url=site.address)) as context:
            page = context.new_page()
            sign_in(page, site.login_of(role).email)
            if role is Role.SUPERADMIN:
                work_in(page, site.world.north.tenant.name)
            signed_in[role] = context.storage_state()
    return signed_in[role]


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in by the form."""
    page.goto("/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")


def work_in(page: Page, company: str) -> None:
    """Choose the company whose pages a superadmin sees."""
    page.goto("/profile")
    page.get_by_label("Company").select_option(label=company)
    page.get_by_role("button", name="Work there").click()
    page.wait_for_url("/")


def token_of(page: Page) -> str:
    """The token of whoever is signed in."""
    return next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == COOKIE)
