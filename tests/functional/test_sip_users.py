"""SIP users: who may do what, the secret shown once, who is online, and what the softswitch is told."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from cellhub.accounts.models import AuditEntry
from cellhub.calls.models import Call
from cellhub.db.tenancy import Account
from cellhub.domain.settlement import CallState
from cellhub.security.roles import Role
from cellhub.sip.models import SipUser
from cellhub.switch import digest
from tests.functional.forms import form_of, send, token


def names(page):
    return [link.text for link in page.html.select("#sip-users tbody td:first-child a")]


def sip_user_named(world, username):
    return world.see_everything().scalar(select(SipUser).where(SipUser.username == username))


def new_sip_user(app, status=None, **values):
    return send(app, "/sip-users/new", status=status, **{"username": "pera-104", **values})


def errors_of(page):
    return [" ".join(one.text.split()) for one in page.html.select(".field .error")]


# Who sees and does what


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


# The list


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


# Creating


def test_a_generated_secret_is_shown_once_and_kept_as_digests(portal, world):
    page = new_sip_user(portal(Role.ADMIN), 201, owner=str(world.north.client.id))
    secret = page.html.select_one("#secret")["value"]
    saved = sip_user_named(world, "pera-104")
    assert saved.account_id == world.north.client.id
    assert saved.digest_md5 == digest.md5_ha1("pera-104", secret)
    assert saved.digest_sha256 == digest.sha256_ha1("pera-104", secret)
    assert len(secret) == 23
    assert page.html.select_one(".qr svg")
    again = portal(Role.ADMIN).get(f"/sip-users/{saved.id}")
    assert secret not in again
    assert saved.digest_md5 not in again
    changes = world.see_everything().scalars(select(AuditEntry.changes)).all()
    assert secret not in str(changes)


def test_the_page_of_a_new_secret_tells_the_settings_by_hand(portal):
    main = new_sip_user(portal(Role.ADMIN), 201).html.select_one("main")
    text_of = " ".join(main.get_text(" ").split())
    assert "Domain 127.0.0.1" in text_of
    assert "User pera-104" in text_of


def test_a_reseller_creates_for_itself_and_its_own(portal, world):
    page = portal(Role.RESELLER).get("/sip-users/new")
    offered = {option[0] for option in form_of(page, "/sip-users/new")["owner"].options}
    assert offered == {str(world.north.reseller.id), str(world.north.resold.id)}


def test_an_owner_of_others_is_no_choice(portal, world):
    foreign = str(world.north.client.id)
    form = form_of(portal(Role.RESELLER).get("/sip-users/new"), "/sip-users/new")
    form["username"] = "pera-104"
    form["owner"].force_value(foreign)
    assert "Choose one of the Owner in the list." in form.submit(status=400)


EXAMPLE = 'Write "Pera Turizm" <902125550164>.'
NUMBER = f"The number must be 1 to 20 digits, with or without a leading +. {EXAMPLE}"
NAME = f'The name may not hold line breaks or any of " \\ ; [ ] < >. {EXAMPLE}'
PATTERN = "Write 2 to 40 of a-z, 0-9, - and _, beginning with a letter or digit."
HOST = "Write dynamic, or an IPv4 address such as 203.0.113.7."
NO_MACHINE = "No single machine has this address. Write the one that the peer calls from."
CODECS = "Write each at most once, with commas between: alaw,ulaw,g722,g729,gsm,opus."
DIGITS = "Write digits, at most 20; a + may come first."


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"username": ""}, "Write a name."),
        ({"username": "P"}, PATTERN),
        ({"username": "Pera"}, PATTERN),
        ({"username": "pera 104"}, PATTERN),
        ({"username": "pera;104"}, PATTERN),
        ({"username": "pera\x00"}, PATTERN),
        ({"username": "x" * 41}, PATTERN),
        ({"username": "trunk-ist"}, "Names that begin with trunk- are those of trunks. Write another one."),
        ({"username": "north-101"}, "This name is taken. Write another one."),
        ({"caller_id": "Pera Turizm <902125550164"}, f"The closing > is missing. {EXAMPLE}"),
        ({"caller_id": "Pera 902125550164>"}, f"The opening < is missing. {EXAMPLE}"),
        ({"caller_id": "Pera"}, NUMBER),
        ({"caller_id": '"Pera\r\nX: y" <90>'}, NAME),
        ({"caller_id": '"a\x00b" <90>'}, NAME),
        ({"caller_id": '"Pera" <90> x'}, f"Nothing may follow the closing >. {EXAMPLE}"),
        ({"host": ""}, HOST),
        ({"host": "sip.example.com"}, HOST),
        ({"host": "203.0.113.7;x"}, HOST),
        ({"host": "::1"}, HOST),
        ({"host": "0.0.0.0"}, NO_MACHINE),
        ({"host": "239.1.2.3"}, NO_MACHINE),
        (
            {"host": "127.0.0.1"},
            "This address is the one of north-carrier. An address can be one peer's only.",
        ),
        ({"strip_prefix": "00x"}, DIGITS),
        ({"strip_prefix": "0" * 21}, DIGITS),
        ({"add_prefix": "90\n"}, None),
        ({"add_prefix": "*90"}, DIGITS),
        ({"codecs": ""}, "Write at least one codec, such as alaw."),
        ({"codecs": "alaw,mp3"}, CODECS),
        ({"codecs": "alaw,alaw"}, CODECS),
        ({"codecs": "all"}, CODECS),
        ({"max_calls": "-1"}, "Write a whole number from 0 to 10000."),
        ({"max_calls": "1e3"}, "Write a whole number from 0 to 10000."),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right_and_nothing_is_created(portal, world, values, sentence):
    page = new_sip_user(portal(Role.ADMIN), **values)
    if sentence is None:
        assert sip_user_named(world, "pera-104").add_prefix == "90"
        return
    assert page.status_int == 400
    assert errors_of(page) == [sentence]
    assert world.see_everything().scalar(select(func.count()).select_from(SipUser)) == 4


def test_a_name_that_another_owner_has_is_taken_though_it_is_unseen(portal):
    page = new_sip_user(portal(Role.RESELLER), 400, username="north-101")
    assert errors_of(page) == ["This name is taken. Write another one."]


def test_another_tenant_may_have_the_same_name(portal):
    new_sip_user(portal(Role.ADMIN), 201, username="south-101")


def test_the_sip_account_limit_holds(portal, world):
    owner = world.see_everything().get_one(Account, (world.north.tenant.id, world.north.client.id))
    owner.sip_user_limit = 1
    page = new_sip_user(portal(Role.ADMIN), 400, owner=str(owner.id))
    assert errors_of(page) == ["north client has all 1 SIP users that it may have. Raise its limit first."]
    owner.sip_user_limit = 2
    new_sip_user(portal(Role.ADMIN), 201, owner=str(owner.id))


def test_max_calls_stay_within_those_of_the_owner(portal, world):
    owner = world.see_everything().get_one(Account, (world.north.tenant.id, world.north.client.id))
    owner.max_calls = 5
    page = new_sip_user(portal(Role.ADMIN), 400, owner=str(owner.id), max_calls="6")
    assert errors_of(page) == ["north client may have 5 calls at once. Write that or less."]
    new_sip_user(portal(Role.ADMIN), 201, owner=str(owner.id), max_calls="5")


def test_one_address_tells_one_peer(portal, world):
    new_sip_user(portal(Role.ADMIN), 201, host="203.0.113.7")
    page = new_sip_user(portal(Role.ADMIN), 400, username="pera-105", host="203.0.113.7")
    assert errors_of(page) == ["This address is the one of pera-104. An address can be one peer's only."]
    assert "IP" in portal(Role.ADMIN).get(f"/sip-users/{sip_user_named(world, 'pera-104').id}")


# Changing


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


# The preview of the number rule


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
