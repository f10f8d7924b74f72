"""My Profile: name, password, signed-in browsers, and the company that a superadmin works in."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cellhub.accounts.models import AuditEntry
from cellhub.security.models import Login, LoginTicket
from cellhub.security.passwords import verify_password
from cellhub.security.roles import Role
from cellhub.security.throttle import PER_EMAIL_AND_ADDRESS
from cellhub.security.tickets import digest
from tests.factories.world import PASSWORD
from tests.functional.forms import form_of, send, token

NEW = "another long one"


def login_as(world, role):
    session = world.see_everything()
    return session.scalar(select(Login).where(Login.role == role, Login.email.not_like("%south%")))


def change_password(app, status=None, **values):
    typed = {"old": PASSWORD, "new": NEW, "again": NEW, **values}
    return send(app, "/profile", "/profile-password", status, **typed)


@pytest.mark.parametrize("role", Role)
def test_everybody_changes_their_own_name(portal, world, role):
    page = send(portal(role), "/profile", status=303, name="Anna K.").follow()
    assert "Anna K." in page
    login = login_as(world, role)
    assert login.name == "Anna K."
    entry = world.see_everything().scalars(select(AuditEntry)).one()
    assert (entry.tenant_id, entry.actor_id) == (login.tenant_id, login.id)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Write a name."),
        ("x" * 121, "Write at most 120 characters."),
        ("a\x00b", "Write it on one line, without control characters."),
    ],
)
def test_a_name_that_is_none_is_refused(portal, name, sentence):
    assert sentence in send(portal(Role.CLIENT), "/profile", status=400, name=name)


@pytest.mark.parametrize("role", Role)
def test_a_new_password_signs_out_every_other_browser(portal, world, role):
    other, app = portal(role), portal(role)
    assert "Every other browser was signed out" in change_password(app, 303).follow()
    assert verify_password(login_as(world, role).password_hash, NEW)
    other.get("/profile", status=303)
    app.get("/profile", status=200)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"old": "wrong"}, "This is not your password now."),
        ({"old": ""}, "Write your password."),
        ({"new": "short", "again": "short"}, "Write 10 to 200 characters."),
        ({"new": "x" * 201, "again": "x" * 201}, "Write 10 to 200 characters."),
        ({"again": "something else"}, "This is not the same as the new password."),
        ({"new": PASSWORD, "again": PASSWORD}, "Write another one than now."),
    ],
)
def test_a_password_that_cannot_be_is_refused_and_not_shown_again(portal, world, values, sentence):
    page = change_password(portal(Role.CLIENT), 400, **values)
    assert sentence in page
    assert all(not field.get("value") for field in page.html.select("input[type=password]"))
    assert verify_password(login_as(world, Role.CLIENT).password_hash, PASSWORD)


def test_a_password_manager_learns_whose_password_changes_and_which_is_new(portal, world):
    page = portal(Role.CLIENT).get("/profile").html
    inputs = page.select("form[action='/profile-password'] input[autocomplete]")
    assert [(one["autocomplete"], one.get("value")) for one in inputs] == [
        ("username", login_as(world, Role.CLIENT).email),
        ("current-password", ""),
        ("new-password", ""),
        ("new-password", ""),
    ]


def test_guesses_at_the_password_are_counted_like_those_of_a_stranger(portal):
    app = portal(Role.CLIENT)
    for _ in range(PER_EMAIL_AND_ADDRESS):
        change_password(app, old="wrong", status=400)
    assert "Too many wrong passwords. Try again in 15 minutes." in change_password(app, status=400)


def test_another_browser_is_signed_out_by_a_click(portal):
    other, app = portal(Role.CLIENT), portal(Role.CLIENT)
    page = app.get("/profile")
    assert len(page.html.select("input[name=ticket]")) == 1
    form_of(page, "/profile-sign-out").submit(status=303)
    other.get("/profile", status=303)
    app.get("/profile", status=200)


@pytest.mark.parametrize("ticket", ["", "zz", "00", "a" * 64])
def test_a_ticket_that_is_none_is_no_page(portal, ticket):
    app = portal(Role.CLIENT)
    app.post("/profile-sign-out", {"csrf_token": token(app), "ticket": ticket}, status=404)


@pytest.mark.parametrize("role", [Role.CLIENT, Role.ADMIN, Role.SUPERADMIN])
def test_nobody_signs_out_somebody_else(portal, world, role):
    portal(world.south.logins[Role.CLIENT])
    victim = (
        world.see_everything()
        .scalars(select(LoginTicket).where(LoginTicket.tenant_id == world.south.tenant.id))
        .one()
    )
    hashed = victim.token_hash.hex()
    app = portal(role)
    app.post("/profile-sign-out", {"csrf_token": token(app), "ticket": hashed}, status=404)
    world.see_everything().refresh(victim)
    assert victim.revoked_at is None


def test_the_page_never_holds_a_token(portal):
    app = portal(Role.CLIENT)
    cookie = app.cookies["cellhub_session"]
    page = app.get("/profile")
    assert cookie not in page
    assert digest(cookie).hex() not in page


def test_a_superadmin_chooses_the_company_to_work_in(portal, world):
    south = str(world.south.tenant.id)
    app = portal(Role.SUPERADMIN)
    assert "north client" in app.get("/users")
    send(app, "/profile", "/work-in", 303, tenant=south)
    assert "south client" in app.get("/users")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.RESELLER, Role.CLIENT])
def test_nobody_else_works_in_another_company(portal, world, role):
    foreign = str(world.south.tenant.id)
    app = portal(role)
    app.post("/work-in", {"csrf_token": token(app), "tenant": foreign}, status=404)
    assert "Work in another company" not in app.get("/profile")


@pytest.mark.parametrize("tenant", ["", "0", "999999", "1 OR 1=1", "x"])
def test_a_company_that_is_none_is_no_page(portal, tenant):
    app = portal(Role.SUPERADMIN)
    app.post("/work-in", {"csrf_token": token(app), "tenant": tenant}, status=404)


@pytest.mark.parametrize(
    "address", ["/profile", "/profile-password", "/profile-sign-out", "/work-in", "/logout"]
)
def test_a_form_without_its_token_is_refused(portal, address):
    portal(Role.CLIENT).post(address, {"x": "y"}, status=400)
