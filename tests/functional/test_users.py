"""Users: who sees and opens whom, their terms, their money, their history."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pyramid.request import Request
from sqlalchemy import func, select

from cellhub.accounts.models import AuditEntry
from cellhub.db.tenancy import Account, AccountKind, AccountStatus
from cellhub.money.models import EntryKind, LedgerEntry
from cellhub.security.models import Login
from cellhub.security.passwords import verify_password
from cellhub.security.roles import Role
from tests.factories.world import PASSWORD, make_account
from tests.functional.forms import form_of, send, token

STAFF = (Role.SUPERADMIN, Role.ADMIN)


def names(page):
    return [link.text for link in page.html.select("#users tbody tr:not(.totals) td:first-child a")]


def account_named(world, name):
    return world.see_everything().scalar(select(Account).where(Account.name == name))


def login_with(world, email):
    return world.see_everything().scalar(select(Login).where(Login.email == email))


def new_user(app, status=None, **values):
    return send(
        app, "/users/new", status=status, **{"name": "Pera Turizm", "email": "anna@pera.example", **values}
    )


# Who sees whom


@pytest.mark.parametrize("role", STAFF)
def test_staff_sees_every_customer_of_the_tenant_and_the_sum_of_their_balances(portal, role):
    page = portal(role).get("/users")
    assert names(page) == ["north client", "north reseller", "north resold client"]
    assert page.html.select("tr.totals td")[-1].text == "150.00"


def test_a_reseller_sees_its_own_customers_and_not_itself(portal):
    page = portal(Role.RESELLER).get("/users")
    assert names(page) == ["north resold client"]
    assert page.html.select("tr.totals td")[-1].text == "50.00"


@pytest.mark.parametrize("address", ["/users", "/users/new", "/users/export"])
def test_a_client_has_no_users(portal, address):
    portal(Role.CLIENT).get(address, status=403)


PAGES = (
    "",
    "/ledger",
    "/ledger.csv",
    "/sip-users",
    "/history",
    "/edit",
    "/credit",
    "/credit-after",
    "/status?to=blocked",
    "/password",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_customer_of_others_is_no_page_at_all(portal, world, page):
    portal(Role.ADMIN).get(f"/users/{world.south.client.id}{page}", status=404)
    portal(Role.RESELLER).get(f"/users/{world.north.client.id}{page}", status=404)
    portal(Role.RESELLER).get(f"/users/{world.north.reseller.id}{page}", status=404)


@pytest.mark.parametrize(
    "page", ["", "/ledger", "/sip-users", "/history", "/edit", "/credit", "/credit-after"]
)
def test_every_page_of_a_customer_opens(portal, world, page):
    assert (
        "north resold client" in portal(Role.RESELLER).get(f"/users/{world.north.resold.id}{page}")
        or page == "/credit-after"
    )


@pytest.mark.parametrize("id_", ["0", "-1", "1e3", "9" * 30, "%D9%A1", "1 OR 1=1", "%00"])
def test_what_is_no_id_is_no_page(portal, id_):
    portal(Role.ADMIN).get(f"/users/{id_}", status=404)


def test_a_query_that_is_not_utf_8_is_refused(portal):
    assert "not UTF-8" in portal(Role.ADMIN).get("/users?name=%ff", status=400)


def test_a_path_that_is_not_utf_8_is_refused(router):
    # Without WebTest, whose own cookie jar stumbles over such an address.
    request = Request.blank("/users/")
    request.environ["PATH_INFO"] = "/users/\xff"
    assert request.get_response(router).status_int == 400


# The list


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=RESOLD", ["north resold client"]),
        ("name=reseller@north", ["north reseller"]),
        ("name=%25", []),
        ("status=suspended", []),
        ("status=active&role=reseller", ["north reseller"]),
        ("role=client", ["north client", "north resold client"]),
    ],
)
def test_filters_narrow_the_list(portal, query, found):
    assert names(portal(Role.ADMIN).get(f"/users?{query}")) == found


def test_the_reseller_filter_shows_everybody_below_it(portal, world):
    assert names(portal(Role.ADMIN).get(f"/users?reseller={world.north.reseller.id}")) == [
        "north resold client"
    ]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("status=gone", "Choose one of active, suspended, blocked."),
        ("role=admin", "Choose one of reseller, client."),
        ("reseller=1 OR 1=1", "Choose a reseller in the list."),
        ("name=a%00b", "Write it without control characters."),
    ],
)
def test_a_filter_that_cannot_be_read_is_not_used_and_says_what_to_write(portal, query, sentence):
    page = portal(Role.ADMIN).get(f"/users?{query}")
    assert sentence in page
    assert len(names(page)) == 3


@pytest.mark.parametrize("cursor", ["x", "~", "~~", "a~b", "a%00~1", "a~" + "9" * 40])
def test_a_bent_cursor_does_no_harm(portal, cursor):
    assert portal(Role.ADMIN).get(f"/users?after={cursor}").status_int == 200


def test_pages_follow_each_other_without_a_gap(portal, world):
    session = world.see_everything()
    for number in range(60):
        make_account(session, world.north, AccountKind.CLIENT, f"user {number:02}")
    app = portal(Role.ADMIN)
    first = app.get("/users")
    second = app.get(first.html.select_one("a[rel=next]")["href"])
    assert len(names(first)) == 50
    assert len({*names(first), *names(second)}) == 63
    assert "63 users" in first


def test_the_csv_is_the_filtered_list_and_no_spreadsheet_runs_it(portal, world):
    make_account(world.see_everything(), world.north, AccountKind.CLIENT, "=cmd|'/c calc'!A0")
    lines = portal(Role.ADMIN).get("/users/export?role=client").text.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("id,name,email,role")
    assert "'=cmd" in lines[1]


def test_a_name_with_markup_is_shown_as_text(portal, world):
    make_account(world.see_everything(), world.north, AccountKind.CLIENT, "<script>alert(1)</script>")
    page = portal(Role.ADMIN).get("/users")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


# Opening


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


# Changing


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


# Money


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
