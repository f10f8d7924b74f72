"""Opening users: by role, with every mistake named, and nothing smuggled in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from cellhub.db.tenancy import Account, AccountKind, AccountStatus
from cellhub.security.passwords import verify_password
from cellhub.security.roles import Role
from tests.functional.forms import form_of, send
from tests.functional.rows import account_named, login_with


def new_user(app, status=None, **values):
    return send(
        app, "/users/new", status=status, **{"name": "Pera Turizm", "email": "anna@pera.example", **values}
    )


def test_an_admin_opens_a_client_whose_generated_password_is_shown_once(portal, world):
    page = new_user(portal(Role.ADMIN), 201, plan=str(world.north.plan.id))
    password = page.html.select_one("#secret")["value"]
    account = account_named(world, "Pera Turizm")
    assert (account.kind, account.parent_id, account.lineage) == (AccountKind.CLIENT, None, [account.id])
    assert (account.plan_id, account.balance) == (world.north.plan.id, 0)
    login = login_with(world, "anna@pera.example")
    assert (login.role, login.account_id) == (Role.CLIENT, account.id)
    assert verify_password(login.password_hash, password)
    assert password not in portal(Role.ADMIN).get(f"/users/{account.id}/history")


def test_a_typed_password_is_not_shown(portal, world):
    page = new_user(portal(Role.ADMIN), 303, password="long enough 1")
    assert "long enough 1" not in page.follow()
    assert verify_password(login_with(world, "anna@pera.example").password_hash, "long enough 1")


def test_an_admin_opens_a_reseller_with_its_margin(portal, world):
    new_user(portal(Role.ADMIN), 201, kind="reseller", margin="12.5")
    account = account_named(world, "Pera Turizm")
    assert (account.kind, account.margin) == (AccountKind.RESELLER, Decimal("0.125"))
    assert login_with(world, "anna@pera.example").role is Role.RESELLER


def test_an_admin_opens_a_customer_of_a_reseller(portal, world):
    new_user(portal(Role.ADMIN), 201, reseller=str(world.north.reseller.id))
    account = account_named(world, "Pera Turizm")
    assert account.lineage == [world.north.reseller.id, account.id]


def test_a_reseller_opens_clients_below_itself_only(portal, world):
    page = portal(Role.RESELLER).get("/users/new")
    fields = form_of(page, "/users/new").fields
    assert not {"kind", "reseller", "plan", "margin"} & set(fields)
    new_user(portal(Role.RESELLER), 201)
    account = account_named(world, "Pera Turizm")
    assert (account.kind, account.lineage) == (AccountKind.CLIENT, [world.north.reseller.id, account.id])


def test_what_a_reseller_smuggles_into_the_form_changes_nothing(portal, world):
    app = portal(Role.RESELLER)
    values = dict(form_of(app.get("/users/new"), "/users/new").submit_fields())
    smuggled = {
        **{"name": "Smuggled", "email": "s@s.example", "kind": "reseller", "role": "superadmin"},
        **{"reseller": "", "parent_id": "", "lineage": "1", "plan": "1", "margin": "9", "status": "blocked"},
        **{"balance": "1000000", "held": "-5", "tenant_id": "1", "id": "1"},
    }
    app.post("/users/new", {**values, **smuggled}, status=201)
    account = account_named(world, "Smuggled")
    assert account.tenant_id == world.north.tenant.id
    assert account.lineage == [world.north.reseller.id, account.id]
    assert (account.kind, account.status) == (AccountKind.CLIENT, AccountStatus.ACTIVE)
    assert (account.balance, account.held, account.margin, account.plan_id) == (0, 0, 0, None)
    assert login_with(world, "s@s.example").role is Role.CLIENT


WRONG = [
    ({"name": ""}, "Write a name."),
    ({"name": "x" * 121}, "Write at most 120 characters."),
    ({"name": "a\x00b"}, "Write it on one line, without control characters."),
    ({"name": "a\nb"}, "Write it on one line, without control characters."),
    ({"email": "anna"}, "Write an address such as anna@example.com."),
    ({"email": "a@b@c.example"}, "Write an address such as anna@example.com."),
    ({"password": "short"}, "Write 10 to 200 characters."),
    ({"password": "x" * 201}, "Write 10 to 200 characters."),
    ({"credit_limit": "5"}, "A prepaid account has no credit limit. Write 0, or choose postpaid."),
    ({"credit_limit": "-5", "payment_mode": "postpaid"}, "Credit limit: write 0 or more."),
    ({"low_credit": "0,01"}, "Low-credit threshold: write a point for the decimals and no commas, such as 0.01."),  # noqa: E501
    ({"low_credit": "NaN"}, "Low-credit threshold: write digits with at most one point, such as 12.50."),
    ({"low_credit": "1e309"}, "Low-credit threshold: write digits with at most one point, such as 12.50."),
    ({"low_credit": "0.0000001"}, "Low-credit threshold: write at most 6 decimals."),
    ({"low_credit": "1000000000000000000"}, "Low-credit threshold: write 1000000000 or less."),
    ({"max_calls": "-1"}, "Write a whole number from 0 to 100000."),
    ({"max_calls": "9o5"}, "Write a whole number from 0 to 100000."),
    ({"sip_user_limit": "1.5"}, "Write a whole number from 0 to 100000."),
    ({"margin": "5"}, "Only a reseller earns a margin. Write 0."),
]  # fmt: skip


@pytest.mark.parametrize(("values", "sentence"), WRONG)
def test_a_mistake_is_named_with_what_would_be_right_and_nothing_is_opened(portal, world, values, sentence):
    page = new_user(portal(Role.ADMIN), 400, **values)
    assert sentence in [" ".join(one.text.split()) for one in page.html.select(".field .error")]
    assert page.html.select_one(".note.bad a")
    kept = {
        name: typed
        for name, typed in values.items()
        if name not in ("password", "payment_mode") and "\n" not in typed
    }
    assert {name: form_of(page, "/users/new")[name].value for name in kept} == kept
    session = world.see_everything()
    assert session.scalar(select(func.count()).select_from(Account)) == 6


@pytest.mark.parametrize("field", ["plan", "reseller", "kind", "time_zone"])
def test_a_choice_that_is_not_offered_is_refused(portal, world, field):
    foreign = {
        **{"plan": world.south.plan.id, "reseller": world.south.reseller.id},
        **{"kind": "admin", "time_zone": "Mars/Olympus"},
    }
    form = form_of(portal(Role.ADMIN).get("/users/new"), "/users/new")
    form["name"], form["email"] = "Pera", "anna@pera.example"
    form[field].force_value(str(foreign[field]))
    form.submit(status=400)
    assert account_named(world, "Pera") is None


def test_a_customer_of_a_reseller_has_no_plan_of_its_own(portal, world):
    page = new_user(
        portal(Role.ADMIN), 400, plan=str(world.north.plan.id), reseller=str(world.north.reseller.id)
    )
    assert "A reseller&#39;s customer pays by the reseller&#39;s plan and margin. Choose none." in page


@pytest.mark.parametrize("email", ["client@north.example", "CLIENT@North.example", " client@north.example "])
@pytest.mark.parametrize("role", [Role.ADMIN, Role.RESELLER])
def test_an_address_signs_in_once_in_a_tenant_even_where_its_owner_is_unseen(portal, world, role, email):
    page = new_user(portal(role), 400, email=email)
    assert "Somebody signs in with this address already. Write another one." in page
    assert account_named(world, "Pera Turizm") is None


def test_another_tenant_may_know_the_same_address(portal):
    new_user(portal(Role.ADMIN), 201, email="client@south.example")


@pytest.mark.parametrize(
    "address",
    ["/users/new", "/users/{}/edit", "/users/{}/credit", "/users/{}/status?to=blocked", "/users/{}/password"],
)
def test_a_form_without_its_token_is_refused(portal, world, address):
    portal(Role.ADMIN).post(address.format(world.north.client.id), {"name": "x"}, status=400)
