"""The CDR list: filters, totals, deletion, and whose cost it shows."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from cellhub.accounts.models import AuditEntry
from cellhub.calls.models import Cdr
from cellhub.calls.services import shown
from cellhub.db.scope import Scope
from cellhub.money.models import LedgerEntry
from cellhub.security.roles import Role


def test_a_filter_keeps_the_matching_calls_and_stands_on_a_chip(portal):
    page = portal(Role.ADMIN).get("/cdr?destination=9055")
    assert "2 calls match" in page
    assert "starts with 9055" in page


def test_a_filter_that_matches_nothing_says_which_filter_empties_the_list(portal):
    assert "No calls match this filter" in portal(Role.ADMIN).get("/cdr?destination=44")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("destination=9o5", "Write the first digits of the number, without + or spaces."),
        ("destination=905' OR 1=1--", "Write the first digits of the number, without + or spaces."),
        ("from=yesterday", "Write a day as 2026-07-16."),
        ("status=LOST", "Choose one of ANSWERED, NO ANSWER, BUSY, FAILED, CONGESTION."),
    ],
)
def test_a_filter_that_cannot_be_read_is_not_used_and_says_what_to_write(portal, query, sentence):
    page = portal(Role.ADMIN).get(f"/cdr?{query}")
    assert sentence in page
    assert "is not used" in page


@pytest.mark.parametrize(
    ("role", "cost"), [(Role.ADMIN, "0.1000"), (Role.RESELLER, "0.0625"), (Role.CLIENT, "0.0500")]
)
def test_the_total_is_what_the_readers_own_customers_owe(portal, role, cost):
    totals = portal(role).get("/cdr").html.select_one("tr.totals")
    assert totals.find_all("td")[-1].text.strip() == cost


def delete(app, *call_ids, **fields):
    token = app.get("/cdr").html.select_one("#cdr-list input[name=csrf_token]")["value"]
    return app.post("/cdr", [("csrf_token", token), *(("id", one) for one in call_ids), *fields.items()])


def test_deleting_hides_the_chosen_calls_and_leaves_the_ledger(portal, world):
    app = portal(Role.ADMIN)
    assert delete(app, world.north.cdr.call_id).follow().status_int == 200
    assert "1 call" in app.get("/cdr").html.select_one("header.page-head").text
    session = world.see_everything()
    assert session.scalar(select(func.count()).select_from(LedgerEntry)) == 6


def test_deleting_all_that_match_takes_the_filter_and_nothing_else(portal, world):
    app = portal(Role.ADMIN)
    token = app.get("/cdr").html.select_one("#cdr-list input[name=csrf_token]")["value"]
    app.post("/cdr?sip_user=north-101", {"csrf_token": token, "all_matching": "1"})
    left = [row.sip_user for row in hidden(world, False) if row.tenant_id == world.north.tenant.id]
    assert left == ["north-201"]


def test_a_filter_that_cannot_be_read_deletes_nothing_and_exports_nothing(portal, world):
    app = portal(Role.ADMIN)
    page = app.get("/cdr?from=yesterday").html
    assert page.select_one("form[action*=cdr] button[value=delete]") is None
    assert page.find("a", href=lambda href: href and "/cdr/export" in href) is None
    token = app.get("/cdr").html.select_one("#cdr-list input[name=csrf_token]")["value"]
    answer = app.post("/cdr?from=yesterday", {"csrf_token": token, "all_matching": "1"}, status=400)
    assert "From yesterday: Write a day as 2026-07-16." in answer
    assert hidden(world, True) == []
    assert "Write a day as 2026-07-16." in app.get("/cdr/export?from=yesterday", status=400)


def test_what_a_reseller_deletes_is_gone_for_it_and_its_clients_and_stays_for_staff(portal, world):
    own = world.north.resold_cdr.call_id
    delete(portal(Role.RESELLER), own)
    assert portal(Role.RESELLER).get(f"/cdr/{own}", status=404)
    client = Scope.of_account(world.north.tenant.id, world.north.resold.id)
    left = select(Cdr.call_id).where(Cdr.call_id == own, shown(client))
    assert world.see_everything().scalars(left).all() == []
    assert portal(Role.ADMIN).get(f"/cdr/{own}").status_int == 200
    assert "2 calls" in portal(Role.ADMIN).get("/cdr").html.select_one("header.page-head").text


def test_deleted_calls_still_count_in_the_days_sums(portal, world):
    before = portal(Role.ADMIN).get("/").html.select_one(".figures").text
    delete(portal(Role.ADMIN), world.north.cdr.call_id, world.north.resold_cdr.call_id)
    page = portal(Role.ADMIN).get("/")
    assert page.html.select_one(".figures").text == before
    assert world.north.cdr.call_id not in page


def test_a_deletion_is_audited_with_what_was_asked_for(portal, world):
    app = portal(Role.ADMIN)
    token = app.get("/cdr").html.select_one("#cdr-list input[name=csrf_token]")["value"]
    app.post("/cdr?sip_user=north-101", {"csrf_token": token, "all_matching": "1"})
    delete(app, world.north.resold_cdr.call_id)
    entries = select(AuditEntry).where(AuditEntry.object_kind == "cdr").order_by(AuditEntry.id)
    told = [(one.object_name, one.changes) for one in world.see_everything().scalars(entries)]
    assert told == [
        ("1 calls", {"filter": {"sip_user": "north-101"}}),
        ("1 calls", {"calls": [world.north.resold_cdr.call_id]}),
    ]


def test_only_what_is_gone_and_what_filters_stands_in_the_history(portal, world):
    own, foreign = world.north.cdr.call_id, world.south.cdr.call_id
    app = portal(Role.ADMIN)
    token = app.get("/cdr").html.select_one("#cdr-list input[name=csrf_token]")["value"]
    delete(app, own, foreign, "\0", "x" * 10_000)
    app.post("/cdr?sip_user=north-201&more=%00", {"csrf_token": token, "all_matching": "1"})
    entries = select(AuditEntry.changes).where(AuditEntry.object_kind == "cdr").order_by(AuditEntry.id)
    told = world.see_everything().scalars(entries).all()
    assert told == [{"calls": [own]}, {"filter": {"sip_user": "north-201"}}]


def test_a_smuggled_id_of_another_tenant_or_account_is_not_deleted(portal, world):
    for role in (Role.ADMIN, Role.RESELLER):
        delete(portal(role), world.south.cdr.call_id, world.south.resold_cdr.call_id)
    delete(portal(Role.RESELLER), world.north.cdr.call_id)
    assert hidden(world, True) == []


def test_a_client_may_not_delete(portal, world):
    app = portal(Role.CLIENT)
    token = app.get("/").html.select_one("input[name=csrf_token]")["value"]
    app.post("/cdr", {"csrf_token": token, "id": world.north.cdr.call_id}, status=403)
    assert hidden(world, True) == []


def hidden(world, gone):
    hides = Cdr.hidden_at.is_not(None) | Cdr.hidden_for.is_not(None)
    query = select(Cdr).where(hides if gone else ~hides)
    return world.see_everything().scalars(query.order_by(Cdr.sip_user)).all()
