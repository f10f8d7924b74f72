"""Sign in and out: what a stranger learns, how often it may try, and when a ticket ends."""

from __future__ import annotations

import datetime as dt
import hashlib
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update
from webtest import TestApp

from cellhub.db.tenancy import Account, AccountStatus
from cellhub.security.models import LoginFailure, LoginTicket
from cellhub.security.roles import Role
from cellhub.security.signin import REFUSED
from cellhub.security.throttle import PER_ADDRESS, PER_EMAIL, PER_EMAIL_AND_ADDRESS
from cellhub.security.tickets import COOKIE, digest
from tests.factories.world import PASSWORD
from tests.fixtures.portal import router_on
from tests.functional.forms import form_of, send, token

EMAIL = "client@north.example"


def enter(app, email=EMAIL, password=PASSWORD, next_="", status=None):
    address = f"/login?next={next_}" if next_ else "/login"
    return send(app, address, "/login", status, email=email, password=password)


@pytest.mark.parametrize("email", [EMAIL, "CLIENT@North.Example", f" {EMAIL} "])
def test_the_right_password_opens_the_portal(portal, email):
    app = portal()
    assert "Last 10 calls" in enter(app, email, status=303).follow()


@pytest.mark.parametrize("role", Role)
def test_every_role_signs_in(portal, world, role):
    email = world.superadmin.email if role is Role.SUPERADMIN else f"{role}@north.example"
    app = portal()
    enter(app, email, status=303)
    app.get("/profile", status=200)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong"),
        (EMAIL, PASSWORD.upper()),
        ("nobody@north.example", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        (EMAIL, "x" * 10_000),
    ],
)
def test_a_refusal_never_tells_what_was_wrong(portal, email, password):
    app = portal()
    page = enter(app, email, password, status=400)
    assert page.html.select_one(".note.bad").text.strip() == REFUSED
    assert COOKIE not in app.cookies
    assert not page.html.select_one("input[type=password]").get("value")


@pytest.mark.parametrize(
    ("field", "sentence"), [("email", "Write your email address."), ("password", "Write your password.")]
)
def test_an_empty_field_is_named(portal, field, sentence):
    assert sentence in send(portal(), "/login", **{"email": EMAIL, "password": PASSWORD, field: ""})


@pytest.mark.parametrize("field", ["email", "password"])
def test_a_nul_is_a_wrong_log_in_like_any_other(portal, field):
    page = send(portal(), "/login", status=400, **{"email": EMAIL, "password": PASSWORD, field: "a\x00b"})
    assert REFUSED in page


def test_too_many_wrong_passwords_for_an_address_must_wait_even_with_the_right_one(portal):
    app = portal()
    for _ in range(PER_EMAIL_AND_ADDRESS):
        enter(app, password="wrong", status=400)
    page = enter(app, status=429)
    assert "Too many wrong passwords. Try again in 15 minutes." in page
    enter(app, "reseller@north.example", status=303)


def test_a_strangers_tries_do_not_lock_the_owner_out_until_they_are_very_many(portal, world):
    app, owner = portal(), portal()
    owner.extra_environ["REMOTE_ADDR"] = "192.0.2.7"
    for _ in range(PER_EMAIL_AND_ADDRESS):
        enter(app, password="wrong", status=400)
    enter(app, status=429)
    enter(owner, status=303)
    session = world.see_everything()
    hashed = hashlib.sha256(EMAIL.encode()).digest()
    for number in range(PER_EMAIL):
        session.add(LoginFailure(tenant_id=0, email_hash=hashed, remote_addr=f"198.51.100.{number}"))
    session.flush()
    owner.reset()
    enter(owner, status=429)


def test_an_address_nobody_has_is_throttled_alike(portal):
    app = portal()
    for _ in range(PER_EMAIL_AND_ADDRESS):
        enter(app, "nobody@north.example", status=400)
    enter(app, "nobody@north.example", status=429)


def test_one_machine_cannot_try_many_addresses(portal, world):
    app = portal()
    enter(app, password="wrong", status=400)
    session = world.see_everything()
    for number in range(PER_ADDRESS):
        hashed = number.to_bytes(32, "big")
        session.add(LoginFailure(tenant_id=0, email_hash=hashed, remote_addr="127.0.0.1"))
    session.flush()
    enter(app, "reseller@north.example", status=429)


def test_old_failures_are_forgiven(portal, world):
    app = portal()
    for _ in range(PER_EMAIL_AND_ADDRESS):
        enter(app, password="wrong", status=400)
    hour_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    world.see_everything().execute(update(LoginFailure).values(at=hour_ago))
    enter(app, status=303)


@pytest.mark.parametrize("wanted", ["/users", "/cdr?status=BUSY"])
def test_one_goes_on_to_where_one_was_sent_from(portal, wanted):
    assert enter(portal(), next_=wanted, status=303).location == f"http://localhost{wanted}"


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "evil",
        "/%0a/evil",
        "/%09/evil.example",
        "/%5C%5Cevil",
    ],
)
def test_one_never_goes_on_to_another_site(portal, wanted):
    assert urlsplit(enter(portal(), next_=wanted, status=303).location).netloc == "localhost"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(portal):
    cookie = enter(portal(), status=303).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_behind_https_no_cookie_travels_in_the_clear(database, world, scheme):
    secure, address = scheme == "https", f"{scheme}://localhost/login"
    environ = {"cellhub.dbsession": world.session, "REMOTE_ADDR": "127.0.0.1"}
    app = TestApp(router_on(database, secure_cookies=secure), extra_environ=environ)
    page = app.get(address)
    fields = {"email": EMAIL, "password": PASSWORD, **hidden_fields(page)}
    answer = app.post(address, fields, headers={"Referer": address}, status=303)
    cookies = page.headers.getall("Set-Cookie") + answer.headers.getall("Set-Cookie")
    assert {cookie.partition("=")[0]: "; secure" in cookie.lower() for cookie in cookies} == {
        "cellhub_csrf": secure,
        COOKIE: secure,
    }


def hidden_fields(page):
    return {one["name"]: one["value"] for one in page.html.select("form input[type=hidden][name]")}


def test_a_ticket_planted_before_the_log_in_is_worth_nothing(portal, world):
    app = portal()
    app.set_cookie(COOKIE, "planted-by-somebody")
    enter(app, status=303)
    assert app.cookies[COOKIE] != "planted-by-somebody"
    stored = world.see_everything().scalars(select(LoginTicket.token_hash)).all()
    assert digest("planted-by-somebody") not in stored


def test_signing_out_ends_the_ticket_on_the_server_too(portal):
    app = portal(Role.CLIENT)
    kept = app.cookies[COOKIE]
    app.post("/logout", {"csrf_token": token(app)}, status=303)
    thief = portal()
    thief.set_cookie(COOKIE, kept)
    thief.get("/profile", status=303)


@pytest.mark.parametrize("field", ["expires_at", "revoked_at"])
def test_a_ticket_that_ended_opens_nothing(portal, world, field):
    app = portal(Role.CLIENT)
    ended = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    world.see_everything().execute(update(LoginTicket).values({field: ended}))
    assert app.get("/profile", status=303).location.endswith("/login?next=%2Fprofile")


def set_status(world, status):
    session = world.see_everything()
    account = session.get_one(Account, (world.north.tenant.id, world.north.client.id))
    account.status = status
    session.flush()


def test_a_blocked_customer_does_not_get_in_and_reads_the_same_words(portal, world):
    set_status(world, AccountStatus.BLOCKED)
    assert REFUSED in enter(portal(), status=400)


def test_a_suspended_customer_may_look(portal, world):
    set_status(world, AccountStatus.SUSPENDED)
    enter(portal(), status=303)


def test_the_form_without_its_token_is_refused(portal):
    portal().post("/login", {"email": EMAIL, "password": PASSWORD}, status=400)


def test_the_token_of_another_browser_is_refused(portal):
    foreign = form_of(portal().get("/login"), "/login")["csrf_token"].value
    app = portal()
    app.get("/login")
    app.post("/login", {"csrf_token": foreign, "email": EMAIL, "password": PASSWORD}, status=400)


def test_who_is_signed_in_is_not_asked_again(portal):
    assert portal(Role.CLIENT).get("/login", status=303).location == "http://localhost/"
