"""Who hears which ping, and what is no ping."""

import pytest

from cellhub.db.notify import Topic, payloads
from cellhub.live.audience import Ping, Viewer, WrongPing

STAFF = Viewer(7)
SUPERADMIN = Viewer()
RESELLER = Viewer(7, frozenset({10, 11, 12}), frozenset({"alice", "bob"}))


def ping(tenant: int = 7, *accounts: int, sip_user: str | None = None) -> Ping:
    return Ping(Topic.CALLS, tenant, frozenset(accounts) if accounts else None, sip_user)


@pytest.mark.parametrize(
    ("viewer", "heard", "hears"),
    [
        (STAFF, ping(7), True),
        (STAFF, ping(7, 99), True),
        (STAFF, ping(8), False),
        (STAFF, ping(8, 10), False),
        (SUPERADMIN, ping(8, 10), True),
        (RESELLER, ping(7, 11), True),
        (RESELLER, ping(7, 11, 99), True),
        (RESELLER, ping(7, 99), False),
        (RESELLER, ping(8, 11), False),
        (RESELLER, ping(7), False),
        (RESELLER, ping(7, sip_user="alice"), True),
        (RESELLER, ping(7, sip_user="mallory"), False),
        (RESELLER, ping(8, sip_user="alice"), False),
        (STAFF, ping(7, sip_user="mallory"), True),
    ],
)
def test_a_viewer_hears_of_what_it_may_see(viewer, heard, hears):
    assert viewer.hears(heard) is hears


def test_what_is_published_is_read_back():
    (payload,) = payloads(Topic.BALANCE, 7, [3, 4])
    assert Ping.read(payload) == Ping(Topic.BALANCE, 7, frozenset({3, 4}))


def test_a_contact_names_its_sip_user():
    payload = '{"topic": "contacts", "tenant": 7, "sip_user": "alice"}'
    assert Ping.read(payload) == Ping(Topic.CONTACTS, 7, None, "alice")


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "null",
        "[]",
        "calls",
        '{"topic": "calls"}',
        '{"topic": "lunch", "tenant": 7}',
        '{"topic": "calls", "tenant": "x"}',
        '{"topic": "calls", "tenant": 7, "accounts": 3}',
        '{"topic": "calls", "tenant": 7, "accounts": ["a"]}',
    ],
)
def test_anything_else_is_no_ping(payload):
    with pytest.raises(WrongPing):
        Ping.read(payload)
