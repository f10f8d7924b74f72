"""What a reader sees when something is wrong."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from cellhub.security import policy
from cellhub.security.roles import Role
from tests.functional.forms import send


def test_a_page_that_is_nowhere_is_404_inside_the_frame(portal):
    page = portal(Role.ADMIN).get("/nowhere", status=404)
    assert "Nothing is here" in page
    assert page.html.select_one("aside.sidebar")


def test_a_stranger_is_sent_to_sign_in_and_back(portal):
    answer = portal().get("/cdr?status=BUSY", status=303)
    assert answer.location == "http://localhost/login?next=%2Fcdr%3Fstatus%3DBUSY"


LONG = "9" * 5_000
BENT = (
    "/cdr?account=9223372036854775808",
    f"/cdr?account={LONG}",
    f"/cdr?destination={LONG}",
    "/cdr?sip_user=%00",
    "/cdr?from=0001-01-01",
    "/cdr?to=9999-12-31",
    "/cdr?after=0001-01-01T00:00~x",
    "/cdr?after=0001-01-01T00:00%2B23:59~x",
    "/cdr?after=9999-12-31T23:59-23:59~x",
    "/cdr/export?after=0001-01-01T00:00~x",
    f"/users/{LONG}",
    f"/users?reseller={LONG}",
    f"/users?after=a~{LONG}",
    "/users?q=%00",
    f"/sip-users?owner={LONG}",
    f"/sip-users/new?owner={LONG}",
    f"/tariffs?deck={LONG}",
    f"/tariffs?after=9~{LONG}",
    f"/tariffs?number={LONG}&seconds={LONG}",
    f"/search?q={LONG}",
    "/search?q=%00",
)


@pytest.mark.parametrize("path", BENT, ids=lambda path: path[:40])
def test_a_bent_address_never_breaks_a_page(portal, path):
    assert portal(Role.ADMIN).get(path, status="*").status_int in {200, 303, 400, 404}


def test_a_length_of_thousands_of_digits_prices_nothing(portal, world):
    here = f"/rate-decks/{world.north.deck.id}?number=905551234567&seconds=000001{LONG}"
    assert "Write whole seconds from 1 to 86400." in portal(Role.ADMIN).get(here)


def test_a_number_of_thousands_of_digits_is_a_mistake_in_its_field(portal, world):
    here = f"/sip-users/{world.north.sip_user.id}"
    assert "Write a whole number from 0 to" in send(portal(Role.ADMIN), here, max_calls=LONG)


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
