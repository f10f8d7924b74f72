"""Trunks: the list, what each would send, and what is done to a trunk."""

from __future__ import annotations

import json

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from cellhub.accounts.models import AuditEntry
from cellhub.calls.models import Call
from cellhub.domain.settlement import CallState
from cellhub.rates.models import Rate
from cellhub.routes.models import Trunk
from cellhub.routes.rendering import trunks_to_render
from cellhub.security.crypto import SecretBox
from cellhub.security.roles import Role
from tests.functional.forms import send, token

IP = {"name": "halyard-eu", "provider": "Halyard", "host": "198.51.100.31", "port": "5060"}
PASSWORD = "s3cret-of-halyard"
DIGEST = {**IP, "authentication": "password", "username": "cellhub", "password": PASSWORD, "register": True}


@pytest.fixture
def admin(portal):
    return portal(Role.ADMIN)


@pytest.fixture
def box(router):
    """The key of the tests' installation."""
    key_file = router.registry.cellhub.secret_key_file
    if not key_file.exists():
        key_file.parent.mkdir(parents=True, exist_ok=True)
        key_file.write_bytes(Fernet.generate_key())
    return SecretBox.from_file(key_file)


def errors(page):
    return [one.get_text(strip=True) for one in page.html.select(".field .error")]


def trunk_named(world, name):
    return world.see_everything().scalars(select(Trunk).where(Trunk.name == name)).one_or_none()


def row_of(page, trunk_id):
    return page.html.select_one(f"#trunks-{trunk_id}").get_text(" ", strip=True)


def live_call(world, **values):
    company = world.north
    call = {
        "tenant_id": company.tenant.id,
        "call_id": "a" * 32,
        "state": CallState.ANSWERED,
        "pod": "pod-1",
        "account_id": company.client.id,
        "lineage": company.client.lineage,
        "sip_user_id": company.sip_user.id,
        "sip_user": company.sip_user.username,
        "source": "902125550100",
        "dialled": "905551234567",
        "number": "905551234567",
        "prefix": "905",
        "destination": "Turkey Mobile",
        "trunk": company.trunk.name,
        "paid_seconds": 60,
        "last_slice": False,
        "authorised_at": text("now()"),
        "deadline_at": text("now()"),
    }
    session = world.see_everything()
    session.execute(Call.__table__.insert().values(**(call | values)))
    session.flush()


def test_the_list_shows_order_state_and_calls(admin, world):
    trunk_id = world.north.trunk.id
    live_call(world)
    world.see_everything().execute(text("UPDATE trunk SET max_channels = 2"))
    page = admin.get("/trunks")
    assert row_of(page, trunk_id).startswith("10 north-carrier 127.0.0.1:5080 IP 1 of 2 100 % of 2 2")
    assert "1 trunk, 1 of 2 channels in use" in page.html.select_one(".page-head").text
    assert "south-carrier" not in page


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("register = false", "IP"),
        ("register = true, username = 'x', registration = 'Registered'", "OK"),
        ("register = true, username = 'x', registration = 'Rejected'", "NO"),
        ("register = true, username = 'x', registration = ''", "NO"),
        ("active = false", "Disabled"),
    ],
)
def test_the_badge_says_what_the_softswitch_reported(admin, world, change, word):
    trunk_id = world.north.trunk.id
    world.see_everything().execute(text(f"UPDATE trunk SET {change}"))
    page = admin.get("/trunks")
    assert f"127.0.0.1:5080 {word}" in row_of(page, trunk_id)
    assert ("is not registered." in page) == (word == "NO")


def test_every_trunk_shows_what_it_would_send(admin, world):
    world.see_everything().execute(
        text("UPDATE trunk SET strip_prefix = '+90', add_prefix = '00', caller_id = '<902125550100>'")
    )
    page = admin.get("/trunks?number=905551234567")
    assert [row.get_text(" ", strip=True) for row in page.html.select("#preview tbody tr")] == [
        "north-carrier +90 00 00 5551234567 override 902125550100"
    ]
    wrong = admin.get("/trunks?number=9o5<script>")
    assert errors(wrong) == ["Dial digits only, at most 20, with or without a leading +."]


def test_a_trunk_by_address_is_created_and_the_softswitch_told(admin, world):
    session = world.see_everything()
    tenant_id = world.north.tenant.id
    send(admin, "/trunks/new", **IP, strip_prefix="90", add_prefix="0").follow()
    trunk = trunk_named(world, "halyard-eu")
    assert (trunk.tenant_id, trunk.host, trunk.register, trunk.secret) == (
        tenant_id,
        "198.51.100.31",
        False,
        None,
    )
    assert session.scalar(select(AuditEntry.action).where(AuditEntry.object_name == "halyard-eu")) == "create"


def test_a_trunk_by_tcp_says_so_in_its_form_in_the_list_and_in_the_files(admin, world, box):
    send(admin, "/trunks/new", **IP, transport="tcp").follow()
    trunk = trunk_named(world, "halyard-eu")
    (rendered,) = (one for one in trunks_to_render(world.see_everything(), box) if one.name == "halyard-eu")
    assert (trunk.transport, rendered.transport) == ("tcp", "tcp")
    assert "198.51.100.31:5060 TCP" in row_of(admin.get("/trunks"), trunk.id)
    send(admin, f"/trunks/{trunk.id}/edit", port="5062").follow()
    assert trunk_named(world, "halyard-eu").transport == "tcp"


def test_the_softswitch_hears_of_every_change(admin, world, monkeypatch):
    told = []
    monkeypatch.setattr("cellhub.routes.services.publish_render", lambda _, tenant: told.append(tenant))
    tenant_id, trunk_id = world.north.tenant.id, world.north.trunk.id
    send(admin, "/trunks/new", **IP).follow()
    send(admin, f"/trunks/{trunk_id}/edit", priority="20").follow()
    send(admin, f"/trunks/{trunk_id}/edit").follow()
    send(admin, f"/trunks/{trunk_id}/delete").follow()
    assert told == [tenant_id] * 3


def test_a_password_is_kept_encrypted_and_shown_nowhere(admin, world, box):
    send(admin, "/trunks/new", **DIGEST).follow()
    trunk = trunk_named(world, "halyard-eu")
    assert box.open(trunk.secret) == PASSWORD
    assert PASSWORD not in admin.get(f"/trunks/{trunk.id}/edit")
    entries = world.see_everything().scalars(select(AuditEntry.changes)).all()
    assert PASSWORD not in json.dumps(entries)


def test_an_empty_password_keeps_the_stored_one_and_a_new_one_replaces_it(admin, world, box):
    send(admin, "/trunks/new", **DIGEST).follow()
    trunk_id = trunk_named(world, "halyard-eu").id
    send(admin, f"/trunks/{trunk_id}/edit", host="sip.halyard.example").follow()
    assert box.open(trunk_named(world, "halyard-eu").secret) == PASSWORD
    send(admin, f"/trunks/{trunk_id}/edit", password="another-one").follow()
    assert box.open(trunk_named(world, "halyard-eu").secret) == "another-one"
    send(admin, f"/trunks/{trunk_id}/edit", authentication="ip", register=False).follow()
    trunk = trunk_named(world, "halyard-eu")
    assert (trunk.username, trunk.secret, trunk.register) == ("", None, False)


def test_a_refused_form_does_not_send_the_password_back(admin, box):
    page = send(admin, "/trunks/new", **{**DIGEST, "host": "x y"})
    assert page.status_int == 400
    assert PASSWORD not in page


def test_a_name_cannot_be_changed_and_nothing_foreign_assigned(admin, world):
    trunk_id, south_id = world.north.trunk.id, world.south.tenant.id
    form = {"host": "h", "port": "5060", "transport": "udp", "authentication": "ip", "codecs": "alaw"}
    form |= {
        "max_channels": "0",
        "calls_per_second": "0",
        "ring_seconds": "60",
        "priority": "1",
        "active": "y",
    }
    form |= {"csrf_token": token(admin)}
    foreign = {"name": "taken-over", "tenant_id": south_id, "registration": "Registered"}
    admin.post(f"/trunks/{trunk_id}/edit", form | foreign, status=303)
    trunk = trunk_named(world, "north-carrier")
    assert (trunk.host, trunk.registration, trunk.tenant_id) == ("h", "", world.north.tenant.id)


def test_a_cap_of_calls_a_second_is_kept_and_its_change_is_audited(admin, world):
    trunk_id = world.north.trunk.id
    send(admin, f"/trunks/{trunk_id}/edit", status=303, calls_per_second="7")
    assert trunk_named(world, "north-carrier").calls_per_second == 7
    changed = text("SELECT changes FROM audit_entry WHERE action = 'change' AND object_kind = 'trunk'")
    assert world.see_everything().scalar(changed)["calls_per_second"] == [0, 7]


def test_a_trunk_with_a_running_call_is_kept(admin, world):
    trunk_id = world.north.trunk.id
    live_call(world)
    page = admin.post(f"/trunks/{trunk_id}/delete", {"csrf_token": token(admin)}, status=409)
    assert "It carries 1 call now. Make it inactive and wait for the end." in page


def test_a_trunk_that_sip_users_or_rates_name_is_kept_and_says_which(admin, world):
    trunk_id, deck_id = world.north.trunk.id, world.north.deck.id
    session = world.see_everything()
    world.north.sip_user.trunk_id = trunk_id
    session.scalars(
        select(Rate).where(Rate.deck_id == deck_id, Rate.prefix == "905")
    ).one().trunk_id = trunk_id
    session.flush()
    page = admin.get(f"/trunks/{trunk_id}/delete")
    assert "It is the trunk of SIP user north-101 and rate 905 in north A-Z." in page
    admin.post(f"/trunks/{trunk_id}/delete", {"csrf_token": token(admin)}, status=409)
    assert trunk_named(world, "north-carrier") is not None


def test_a_trunk_that_nothing_needs_is_deleted(admin, world):
    send(admin, f"/trunks/{world.north.trunk.id}/delete").follow()
    assert trunk_named(world, "north-carrier") is None


@pytest.mark.parametrize("role", [Role.RESELLER, Role.CLIENT])
@pytest.mark.parametrize("address", ["/trunks", "/trunks/new"])
def test_customers_have_no_trunks(portal, role, address):
    portal(role).get(address, status=403)


@pytest.mark.parametrize("view", ["", "/edit", "/delete"])
def test_a_trunk_of_another_tenant_is_not_there(admin, world, view):
    admin.get(f"/trunks/{world.south.trunk.id}{view}", status=404)
