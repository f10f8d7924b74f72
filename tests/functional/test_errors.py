"""What a reader sees when something is wrong."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from cellhub.security import policy
from cellhub.security.roles import Role


def test_a_page_that_is_nowhere_is_404_inside_the_frame(portal):
    page = portal(Role.ADMIN).get("/nowhere", status=404)
    assert "Nothing is here" in page
    assert page.html.select_one("aside.sidebar")


def test_a_stranger_is_sent_to_sign_in_and_back(portal):
    answer = portal().get("/cdr?status=BUSY", status=303)
    assert answer.location == "http://localhost/login?next=%2Fcdr%3Fstatus%3DBUSY"


def test_a_form_without_its_token_is_refused_in_words(portal):
    assert "This form is no longer valid" in portal(Role.ADMIN).post("/logout", status=400)


def test_a_database_that_is_away_is_503_and_nothing_is_shown_of_it(portal, monkeypatch):
    def away(*_):
        raise OperationalError("SELECT secret", {}, Exception("connection refused"))

    monkeypatch.setattr(policy, "identity_of", away)
    page = portal(Role.ADMIN).get("/", status=503)
    assert "The database does not answer" in page
    assert page.headers["Retry-After"] == "5"
    assert "secret" not in page


@pytest.mark.parametrize("path", ["/", "/login", "/nowhere"])
def test_every_answer_forbids_inline_code_framing_and_caching(portal, path):
    headers = portal().get(path, status="*").headers
    assert "script-src 'self';" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
