"""Creating SIP users: the secret shown once, limits, and every mistake named."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from cellhub.accounts.models import AuditEntry
from cellhub.db.tenancy import Account, Tenant
from cellhub.security.roles import Role
from cellhub.sip.models import SipUser
from cellhub.switch import digest
from tests.functional.forms import form_of, send
from tests.functional.rows import sip_user_named


def new_sip_user(app, status=None, **values):
    return send(app, "/sip-users/new", status=status, **{"username": "pera-104", **values})


def errors_of(page):
    return [" ".join(one.text.split()) for one in page.html.select(".field .error")]


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


@pytest.mark.parametrize("role", [Role.ADMIN, Role.RESELLER])
def test_the_tenants_limit_holds_over_all_owners(portal, world, role):
    seen = world.see_everything()
    tenant = seen.get_one(Tenant, world.north.tenant.id)
    have = seen.scalar(select(func.count()).where(SipUser.tenant_id == tenant.id))
    tenant.sip_user_limit = have
    seen.flush()
    page = new_sip_user(portal(role), 400)
    assert errors_of(page) == [
        f"{tenant.name} has all {have} SIP users that it may have. "
        "Who keeps the platform can raise its limit."
    ]
    world.see_everything()
    tenant.sip_user_limit = have + 1
    seen.flush()
    new_sip_user(portal(role), 201)


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
