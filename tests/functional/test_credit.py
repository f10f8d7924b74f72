"""Add Credit: booked once, never below nothing, seen in ledger and history."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from cellhub.db.tenancy import Account
from cellhub.money.models import EntryKind, LedgerEntry
from cellhub.security.roles import Role
from tests.functional.forms import form_of, send, token
from tests.functional.rows import account_named


def credit(app, account, status=None, **values):
    return send(
        app,
        f"/users/{account.id}/credit",
        status=status,
        **{"amount": "50.00", "note": "Bank transfer GB-1", **values},
    )


@pytest.mark.parametrize("role", [Role.ADMIN, Role.RESELLER])
def test_credit_raises_the_balance_and_is_in_ledger_and_history(portal, world, role):
    app, account = portal(role), world.north.resold
    page = credit(app, account, 303).follow()
    assert page.request.path == f"/users/{account.id}/ledger"
    assert "Bank transfer GB-1" in page
    assert "100.000000" in page
    entry = world.see_everything().scalars(select(LedgerEntry).order_by(LedgerEntry.id.desc())).first()
    assert (entry.kind, entry.amount, entry.balance_after) == (EntryKind.CREDIT, 50, 100)
    assert account_named(world, "north resold client").balance == 100
    assert "Balance: 50.000000 → <b>100.000000</b>" in app.get(f"/users/{account.id}/history")


def test_a_double_click_books_once(portal, world):
    app, account = portal(Role.ADMIN), world.north.client
    form = form_of(app.get(f"/users/{account.id}/credit"), f"/users/{account.id}/credit")
    form["amount"], form["note"] = "50", "twice"
    form.submit(status=303)
    form.submit(status=303)
    assert account_named(world, "north client").balance == 100


def test_a_form_sent_again_with_another_amount_books_nothing_and_says_so(portal, world):
    app, account = portal(Role.ADMIN), world.north.client
    form = form_of(app.get(f"/users/{account.id}/credit"), f"/users/{account.id}/credit")
    form["amount"], form["note"] = "50", "first"
    form.submit(status=303)
    form["amount"] = "70"
    assert "This form has booked 50.00 already; nothing was added now." in form.submit(status=409)
    assert account_named(world, "north client").balance == 100


def test_a_form_without_its_id_books_nothing(portal, world):
    app, account = portal(Role.ADMIN), world.north.client
    sent = {"csrf_token": token(app), "amount": "50", "note": "n"}
    app.post(f"/users/{account.id}/credit", sent, status=400)
    assert account_named(world, "north client").balance == 50


def test_the_same_form_id_for_another_user_is_another_deed(portal, world):
    app = portal(Role.ADMIN)
    for account in (world.north.client, world.north.resold):
        form = form_of(app.get(f"/users/{account.id}/credit"), f"/users/{account.id}/credit")
        form["amount"], form["note"] = "50", "same id"
        form["form_id"].force_value("a" * 32)
        form.submit(status=303)
    assert account_named(world, "north resold client").balance == 100


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"amount": ""}, "Amount: write an amount, such as 12.50."),
        ({"amount": "-5"}, "Amount: write 0.01 or more."),
        ({"amount": "0"}, "Amount: write 0.01 or more."),
        ({"amount": "0.0000001"}, "Amount: write at most 2 decimals."),
        ({"amount": "1e18"}, "Amount: write digits with at most one point, such as 12.50."),
        ({"amount": "1000000000000000000"}, "Amount: write 1000000 or less."),
        ({"amount": "0,01"}, "Amount: write a point for the decimals and no commas, such as 0.01."),
        ({"amount": "NaN"}, "Amount: write digits with at most one point, such as 12.50."),
        ({"amount": "٥"}, "Amount: write digits with at most one point, such as 12.50."),
        ({"note": ""}, "Write where the money came from."),
        ({"note": "x" * 201}, "Write at most 200 characters."),
        ({"note": "a\x00b"}, "Write it on one line, without control characters."),
        ({"form_id": "x"}, "Close this form and open it again."),
    ],
)
def test_an_amount_that_is_none_is_refused_and_moves_nothing(portal, world, values, sentence):
    app, account = portal(Role.ADMIN), world.north.client
    form = form_of(app.get(f"/users/{account.id}/credit"), f"/users/{account.id}/credit")
    form["amount"], form["note"] = "50", "note"
    for name, value in values.items():
        form[name].force_value(value)
    assert sentence in form.submit(status=400)
    assert account_named(world, "north client").balance == 50


def test_a_form_that_lost_its_id_books_nothing(portal, world):
    app, account = portal(Role.ADMIN), world.north.client
    fields = {"amount": "50", "note": "x", "csrf_token": token(app)}
    assert "Close this form and open it again." in app.post(f"/users/{account.id}/credit", fields, status=400)
    assert account_named(world, "north client").balance == 50


def test_nobody_credits_itself_or_others(portal, world):
    own, foreign = world.north.reseller.id, world.south.resold.id
    client_id = world.north.client.id
    fields = {"amount": "50", "note": "x", "form_id": "a" * 32}
    for role, account_id in ((Role.RESELLER, own), (Role.RESELLER, foreign), (Role.CLIENT, client_id)):
        app = portal(role)
        app.post(f"/users/{account_id}/credit", {**fields, "csrf_token": token(app)}, status=(403, 404))
    accounts = world.see_everything().scalars(select(Account.balance))
    assert set(accounts) == {50}


def test_the_dialog_shows_the_balance_before_and_after(portal, world):
    app, here = portal(Role.ADMIN), f"/users/{world.north.client.id}"
    assert "Add Credit to north client" in app.get(f"{here}/credit")
    preview = app.get(f"{here}/credit-after?amount=50.5")
    assert "50.000000" in preview
    assert "100.500000" in preview
    assert "After" in app.get(f"{here}/credit-after?amount=rubbish")


def test_htmx_gets_the_dialog_alone(portal, world):
    fragment = portal(Role.ADMIN).get(
        f"/users/{world.north.client.id}/credit", headers={"HX-Request": "true"}
    )
    assert "<html" not in fragment
    assert "Add Credit to north client" in fragment


def test_the_figures_say_what_may_be_spent(portal, world):
    account = world.see_everything().get_one(Account, (world.north.tenant.id, world.north.client.id))
    account.held, account.low_credit, account.max_calls = Decimal("0.09"), Decimal(60), 10
    page = portal(Role.ADMIN).get(f"/users/{account.id}")
    strip = " ".join(page.html.select_one("dl.figures").text.split())
    assert "Balance $50.00 below $60.00" in strip
    assert "Available $49.91" in strip
    assert "Calls now 0 of 10" in strip
    assert "Low credit" in page.html.select_one(".page-head").text


def test_the_ledger_is_a_csv_of_exact_amounts(portal, world, exports):
    account = world.north.client
    credit(portal(Role.ADMIN), account, 303, note="=1+1")
    lines = portal(Role.ADMIN).get(f"/users/{account.id}/ledger.csv").text.splitlines()
    assert lines[0] == "id,time,kind,note,by,amount,balance"
    assert [line.split(",")[2:] for line in lines[1:]] == [
        ["credit", "'=1+1", "Admin of north.example", "50.000000", "100.000000"],
        ["credit", "Opening credit", "factory", "50.000000", "50.000000"],
    ]
