"""SIP users: who sees which, who may do what, and the list."""

from __future__ import annotations

import pytest

from cellhub.security.roles import Role
from tests.functional.forms import form_of, token
from tests.functional.rows import sip_user_named


def names(page):
    return [link.text for link in page.html.select("#sip-users tbody td:first-child a")]


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.SUPERADMIN, ["north-101", "north-201"]),
        (Role.ADMIN, ["north-101", "north-201"]),
        (Role.RESELLER, ["north-201"]),
        (Role.CLIENT, ["north-101"]),
    ],
)
def test_everybody_sees_the_sip_users_of_their_scope(portal, role, seen):
    assert names(portal(role).get("/sip-users")) == seen


@pytest.mark.parametrize("page", ["", "/secret", "/enabled?to=no", "/delete"])
def test_a_sip_user_of_others_is_no_page_at_all(portal, world, page):
    foreign, sibling = world.south.sip_user.id, world.north.sip_user.id
    portal(Role.ADMIN).get(f"/sip-users/{foreign}{page}", status=404)
    portal(Role.RESELLER).get(f"/sip-users/{sibling}{page}", status=404)


@pytest.mark.parametrize("page", ["/new", "/{}/delete", "/{}/enabled?to=no"])
def test_a_client_neither_creates_nor_deletes_nor_disables(portal, world, page):
    address = "/sip-users" + page.format(world.north.sip_user.id)
    app = portal(Role.CLIENT)
    app.get(address, status=403)
    app.post(address, {"csrf_token": token(app), "username": "pera-104"}, status=403)
    assert sip_user_named(world, "north-101").enabled


OWN = {"caller_id", "strip_prefix", "add_prefix", "codecs", "nat"}
FIELDS = {
    Role.ADMIN: OWN | {"owner", "max_calls", "host", "trunk", "rate_deck"},
    Role.RESELLER: OWN | {"owner", "max_calls"},
    Role.CLIENT: OWN,
}


@pytest.mark.parametrize("role", FIELDS)
def test_each_role_has_the_fields_that_it_decides_about(portal, world, role):
    sip_user = world.north.resold_sip_user if role is Role.RESELLER else world.north.sip_user
    here = f"/sip-users/{sip_user.id}"
    form = form_of(portal(role).get(here), here)
    assert {name for name in form.fields if name} - {"csrf_token"} == FIELDS[role]


def test_what_a_client_smuggles_into_the_form_changes_nothing(portal, world):
    here = f"/sip-users/{world.north.sip_user.id}"
    resold, trunk, deck = world.north.resold.id, world.north.trunk.id, world.north.deck.id
    app = portal(Role.CLIENT)
    fields = dict(form_of(app.get(here), here).submit_fields())
    smuggled = {
        **{"owner": resold, "account_id": resold, "host": "203.0.113.7", "trunk": trunk, "rate_deck": deck},
        **{"max_calls": "999", "username": "stolen", "enabled": "", "digest_md5": "0" * 32},
    }
    before = sip_user_named(world, "north-101").digest_md5
    app.post(here, {**fields, **smuggled}, status=303)
    saved = sip_user_named(world, "north-101")
    assert (saved.account_id, saved.host, saved.trunk_id) == (world.north.client.id, "dynamic", None)
    assert (saved.rate_deck_id, saved.max_calls, saved.enabled, saved.digest_md5) == (None, 0, True, before)


@pytest.mark.parametrize("page", ["/new", "/{}", "/{}/secret", "/{}/enabled?to=no", "/{}/delete"])
def test_a_form_without_its_token_is_refused(portal, world, page):
    portal(Role.ADMIN).post("/sip-users" + page.format(world.north.sip_user.id), {"x": "y"}, status=400)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=NORTH-1", ["north-101"]),
        ("name=902125550100", ["north-101", "north-201"]),
        ("name=_", []),
        ("state=offline", ["north-101", "north-201"]),
        ("state=online", []),
        ("state=disabled", []),
    ],
)
def test_filters_narrow_the_list(portal, query, found):
    assert names(portal(Role.ADMIN).get(f"/sip-users?{query}")) == found


def test_the_owner_filter_shows_what_one_user_owns(portal, world):
    assert names(portal(Role.ADMIN).get(f"/sip-users?owner={world.north.resold.id}")) == ["north-201"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("state=gone", "Choose one of Online, Offline, IP, Disabled."),
        ("owner=1 OR 1=1", "Choose an owner in the list."),
        ("name=%00", "Write it without control characters."),
    ],
)
def test_a_filter_that_cannot_be_read_is_not_used_and_says_what_to_write(portal, query, sentence):
    page = portal(Role.ADMIN).get(f"/sip-users?{query}")
    assert sentence in page
    assert len(names(page)) == 2


def test_the_csv_has_a_line_for_each(portal):
    lines = portal(Role.CLIENT).get("/sip-users/export").text.splitlines()
    assert len(lines) == 2
    assert lines[1].split(",")[1:3] == ["north-101", "north client"]
