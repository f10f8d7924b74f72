"""That every test of this tier would notice what the browser says against a page."""

from __future__ import annotations

import pytest

from cellhub.security.roles import Role

pytestmark = pytest.mark.browser

INLINE_STYLE = "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')"
ERROR = "setTimeout(() => { throw new Error('page is broken'); })"


def test_a_breach_of_the_policy_is_heard(browse, complaints):
    complaints.expect("style-src")
    page = browse(Role.ADMIN)
    page.goto("/")
    with page.expect_console_message(lambda message: message.text.startswith("policy ")):
        page.evaluate(INLINE_STYLE)
    assert any("policy style-src-attr refused inline of" in said for said in complaints.heard)


def test_an_uncaught_error_is_heard(browse, complaints):
    complaints.expect("page is broken")
    page = browse(Role.ADMIN)
    page.goto("/")
    with page.expect_event("pageerror"):
        page.evaluate(ERROR)
    assert complaints.heard == ["uncaught: page is broken"]


def test_a_missing_file_is_heard(browse, complaints):
    complaints.expect_status(404)
    page = browse(Role.ADMIN)
    page.goto("/nowhere")
    assert len(complaints.heard) == 1
    assert complaints.unexpected == []
