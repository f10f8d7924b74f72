"""What somebody changes in the portal counts for the next call."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from cellhub.sip.contacts import is_online
from cellhub.sip.models import SipUser
from cellhub.switch.sipp import call, far_end, register
from cellhub.switch.sipp.program import free_port
from tests.calls.conftest import NUMBER, edit_trunk
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.calls


def test_a_new_sip_user_calls_at_once(subscribe, far_ends):
    with far_ends("200"):
        assert call(subscribe().phone, NUMBER, talk_seconds=0.5).code == 200


def test_a_sip_user_is_online_while_its_phone_is_registered(switch, subscriber):
    phone = replace(subscriber.phone, local_port=free_port("127.0.0.1"))
    assert not _online(switch, phone)
    register(phone)
    wait_for(lambda: _online(switch, phone), "the phone is online", 2.0)
    register(phone, expires=0)
    wait_for(lambda: not _online(switch, phone), "the phone is offline", 2.0)


def test_an_edited_trunk_counts_for_the_next_call(switch, subscribe, open_far_trunk):
    before, after = free_port("127.0.0.1"), free_port("127.0.0.1")
    trunk = open_far_trunk(port=before)
    subscriber = subscribe(trunk_id=trunk.id)
    with far_end(before) as old, far_end(after) as new:
        with switch.books() as session:
            edit_trunk(session, switch, trunk.id, port=after, strip_prefix="90", add_prefix="0")
        wait_for(lambda: switch.knows_trunk(trunk.name, after), "Asterisk knows the new port", 5.0)
        assert call(subscriber.phone, NUMBER, talk_seconds=0.5).code == 200
        assert [one.number for one in new.calls()] == ["05551234567"]
        assert old.calls() == []


def test_a_trunk_that_is_set_to_tcp_sends_its_calls_by_tcp(switch, subscribe, open_far_trunk):
    port = free_port("127.0.0.1")
    trunk = open_far_trunk(port=port)
    subscriber = subscribe(trunk_id=trunk.id)
    with far_end(port, transport="tcp") as carrier:  # it hears no UDP
        with switch.books() as session:
            edit_trunk(session, switch, trunk.id, transport="tcp")
        wait_for(lambda: "transport=tcp" in switch.ask(f"pjsip show aor trunk-{trunk.name}"), "TCP", 5.0)
        assert call(subscriber.phone, NUMBER, talk_seconds=0.5).code == 200
        assert [(one.number, one.answered) for one in carrier.calls()] == [(NUMBER, True)]


def _online(switch, phone):
    with switch.books() as session:
        return bool(session.scalar(select(is_online()).where(SipUser.username == phone.username)))
