"""Changing SIP users: by role, secrets renewed, deletion, and the preview of a number rule."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from cellhub.accounts.models import AuditEntry
from cellhub.calls.models import Call
from cellhub.domain.settlement import CallState
from cellhub.security.roles import Role
from cellhub.switch import digest
from tests.functional.forms import send
from tests.functional.rows import sip_user_named


def test_a_client_changes_its_caller_id_and_the_history_says_so(portal, world):
    here = f"/sip-users/{world.north.sip_user.id}"
    send(portal(Role.CLIENT), here, status=303, caller_id='"Pera Turizm" <902125550164>', strip_prefix="00")
    saved = sip_user_named(world, "north-101")
    assert (saved.caller_id_name, saved.caller_id_number) == ("Pera Turizm", "902125550164")
    assert saved.strip_prefix == "00"
    entry = world.see_everything().scalars(select(AuditEntry)).one()
    assert entry.changes["caller_id_name"] == ["north client", "Pera Turizm"]
    assert entry.account_id == world.north.client.id


def test_a_caller_id_with_markup_is_shown_as_text(portal, world):
    sip_user = sip_user_named(world, "north-101")
    sip_user.caller_id_name = "O'Neill & Söhne"
    page = portal(Role.CLIENT).get("/sip-users")
    assert "O&#39;Neill &amp; Söhne" in page


def test_staff_moves_a_sip_user_to_another_owner_and_routes_it(portal, world):
    here, resold = f"/sip-users/{world.north.sip_user.id}", world.north.resold.id
    trunk, deck = world.north.trunk.id, world.north.deck.id
    send(portal(Role.ADMIN), here, status=303, owner=str(resold), trunk=str(trunk), rate_deck=str(deck))
    saved = sip_user_named(world, "north-101")
    assert (saved.account_id, saved.trunk_id, saved.rate_deck_id) == (resold, trunk, deck)
    entry = world.see_everything().scalars(select(AuditEntry)).one()
    assert entry.changes["account"] == ["north client", "north resold client"]
    assert entry.changes["trunk"] == [None, "north-carrier"]


def test_a_new_secret_replaces_the_old_one(portal, world):
    here = f"/sip-users/{world.north.sip_user.id}/secret"
    before = world.north.sip_user.digest_md5
    page = send(portal(Role.CLIENT), here, status=200)
    secret = page.html.select_one("#secret")["value"]
    saved = sip_user_named(world, "north-101")
    assert saved.digest_md5 == digest.md5_ha1("north-101", secret) != before


def test_a_sip_user_is_disabled_and_enabled_again(portal, world):
    app, here = portal(Role.RESELLER), f"/sip-users/{world.north.resold_sip_user.id}"
    page = send(app, f"{here}/enabled?to=no", status=303).follow()
    assert "Disabled" in page.html.select_one(".page-head").text
    send(app, f"{here}/enabled?to=yes", status=303)
    assert sip_user_named(world, "north-201").enabled


@pytest.mark.parametrize("to", ["", "maybe", "YES"])
def test_what_is_neither_on_nor_off_is_no_page(portal, world, to):
    portal(Role.ADMIN).get(f"/sip-users/{world.north.sip_user.id}/enabled?to={to}", status=404)


def test_deleting_asks_first_and_leaves_the_calls(portal, world):
    app, here = portal(Role.ADMIN), f"/sip-users/{world.north.sip_user.id}/delete"
    assert "Delete north-101?" in app.get(here)
    send(app, here, status=303)
    assert "north-101" in portal(Role.ADMIN).get("/cdr")
    assert sip_user_named(world, "north-101") is None


def test_who_is_in_a_call_is_not_deleted(portal, world):
    start_call(world, world.north.sip_user)
    page = send(portal(Role.ADMIN), f"/sip-users/{world.north.sip_user.id}/delete", status=409)
    assert "north-101 is in a call. Disable it, and delete it after." in page
    assert sip_user_named(world, "north-101")


def start_call(world, sip_user):
    now = dt.datetime.now(dt.UTC)
    session = world.see_everything()
    session.add(
        Call(
            **{
                "tenant_id": sip_user.tenant_id,
                "call_id": "a" * 32,
                "state": CallState.ANSWERED,
                "pod": "pod-1",
            },
            **{"account_id": sip_user.account_id, "lineage": [sip_user.account_id]},
            **{"sip_user_id": sip_user.id, "sip_user": sip_user.username, "source": "", "dialled": "90"},
            **{
                "number": "90",
                "prefix": "90",
                "destination": "Turkey",
                "paid_seconds": 60,
                "last_slice": False,
            },
            **{"authorised_at": now, "answered_at": now, "deadline_at": now + dt.timedelta(seconds=62)},
        )
    )
    session.flush()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("strip_prefix=00&add_prefix=", "00905551234567 becomes 905551234567"),
        ("strip_prefix=&add_prefix=90", "905551234567 becomes 90905551234567"),
        ("strip_prefix=%2B&add_prefix=", "+905551234567 becomes 905551234567"),
        (
            "strip_prefix=0x&add_prefix=",
            "0x905551234567 cannot be called: Dial digits only, at most 20, with or without a leading +.",
        ),
        ("strip_prefix=&add_prefix=<script>", "After strip and add 2 to 20 digits must remain."),
        ("strip_prefix=%00", "cannot be called"),
        ("", "905551234567 becomes 905551234567"),
    ],
)
def test_the_preview_says_what_becomes_of_a_number(portal, query, words):
    page = portal(Role.CLIENT).get(f"/sip-users/preview?{query}")
    assert words in " ".join(page.html.text.split())
    assert "<html" not in page
