"""Changing users: terms, status, password, and the history of it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from cellhub.accounts.models import AuditEntry
from cellhub.db.tenancy import AccountKind, AccountStatus
from cellhub.security.passwords import verify_password
from cellhub.security.roles import Role
from tests.factories.world import PASSWORD
from tests.functional.forms import form_of, send
from tests.functional.rows import account_named, login_with


def test_changes_are_saved_and_written_down_with_old_and_new(portal, world):
    app, here = portal(Role.ADMIN), f"/users/{world.north.client.id}"
    page = send(
        app,
        f"{here}/edit",
        status=303,
        payment_mode="postpaid",
        credit_limit="20",
        plan="",
        email="new@north.example",
    ).follow()
    assert "$20.00" in page
    entry = world.see_everything().scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.changes["payment_mode"] == ["prepaid", "postpaid"]
    assert entry.changes["plan"] == ["north standard", None]
    assert entry.changes["email"] == ["client@north.example", "new@north.example"]
    history = app.get(f"{here}/history")
    assert "Plan: north standard → <b>none</b>" in history
    assert entry.actor in history


def test_saving_without_a_change_writes_nothing_down(portal, world):
    send(portal(Role.ADMIN), f"/users/{world.north.client.id}/edit", status=303)
    assert world.see_everything().scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_editing_cannot_move_an_account_or_touch_its_money(portal, world):
    app, here = portal(Role.ADMIN), f"/users/{world.north.resold.id}/edit"
    fields = {name: value for name, value in form_of(app.get(here), here).submit_fields()}
    assert not {"kind", "reseller", "plan", "margin", "password"} & set(fields)
    smuggled = {
        "reseller": "",
        "parent_id": "",
        "balance": "999",
        "kind": "reseller",
        "plan": str(world.north.plan.id),
        "margin": "50",
    }
    app.post(here, {**fields, **smuggled}, status=303)
    account = account_named(world, "north resold client")
    assert (account.parent_id, account.balance, account.kind) == (
        world.north.reseller.id,
        50,
        AccountKind.CLIENT,
    )
    assert (account.plan_id, account.margin) == (None, 0)


def test_a_wrong_change_keeps_what_was_typed_and_saves_nothing(portal, world):
    page = send(
        portal(Role.ADMIN),
        f"/users/{world.north.client.id}/edit",
        status=400,
        name="Renamed",
        email="reseller@north.example",
    )
    assert form_of(page, f"/users/{world.north.client.id}/edit")["name"].value == "Renamed"
    assert account_named(world, "Renamed") is None


@pytest.mark.parametrize(("status", "word"), [("suspended", "Suspended"), ("blocked", "Blocked")])
def test_a_status_is_changed_in_a_dialog_and_back(portal, world, status, word):
    app, here = portal(Role.ADMIN), f"/users/{world.north.client.id}"
    page = send(app, f"{here}/status?to={status}", status=303).follow()
    assert word in page.html.select_one(".page-head").text
    assert account_named(world, "north client").status == status
    send(app, f"{here}/status?to=active", status=303)
    assert account_named(world, "north client").status is AccountStatus.ACTIVE


@pytest.mark.parametrize("to", ["", "gone", "ACTIVE", "active'--"])
def test_a_status_that_is_none_is_no_page(portal, world, to):
    portal(Role.ADMIN).get(f"/users/{world.north.client.id}/status?to={to}", status=404)


def test_a_blocked_customer_is_signed_out_at_once(portal, world):
    client = portal(Role.CLIENT)
    client.get("/sip-users", status=200)
    send(portal(Role.ADMIN), f"/users/{world.north.client.id}/status?to=blocked", status=303)
    client.get("/sip-users", status=303)


def test_a_renewed_password_is_shown_once_and_ends_the_old_sign_ins(portal, world):
    client = portal(Role.CLIENT)
    page = send(portal(Role.ADMIN), f"/users/{world.north.client.id}/password", status=200)
    password = page.html.select_one("#secret")["value"]
    stored = login_with(world, "client@north.example").password_hash
    assert verify_password(stored, password)
    assert not verify_password(stored, PASSWORD)
    client.get("/", status=303)
