"""A tenant with a web media gateway: its web phones register through it and call."""

from __future__ import annotations

import json
import socket
from contextlib import suppress

import pytest

from tests.cluster.voice import NUMBER
from tests.cluster.web_phone import OFFER, web_phone
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.timeout(300)

SECONDS = 60.0


@pytest.fixture
def gateway(north, exchange):
    """Where the gateway of the tenant is reached."""
    exchange.kubectl(*enabled(True))
    ready = (
        "get",
        "deployment/north-janus",
        "--ignore-not-found",
        "--output=jsonpath={.status.readyReplicas}",
    )
    wait_for(lambda: exchange.kubectl(*ready) == "1", "the gateway is ready", SECONDS)
    service = exchange.installed.service("north-janus")
    place = service["clusterIP"], service["ports"][0]["port"]
    # The node's rules follow a Service in a moment.
    wait_for(lambda: answers(place), "the gateway answers by its Service")
    yield place
    exchange.kubectl(*enabled(False))
    wait_for(lambda: not exchange.kubectl(*ready[:3]), "the gateway is gone", SECONDS)


def answers(place):
    with suppress(OSError), socket.create_connection(place, timeout=1):
        return True
    return False


def enabled(value):
    change = {"spec": {"janus": {"enabled": value}}}
    return "patch", "tenant/north", "--type=merge", f"--patch={json.dumps(change)}"


def test_a_web_phone_registers_and_its_call_is_carried(north, gateway):
    office, before = north.office, len(north.office.records())
    switch = office.phone.host
    with web_phone(*gateway) as phone:
        who = {"username": f"sip:{office.phone.username}@{switch}", "secret": office.phone.secret}
        registered = phone.ask("registered", "register", **who, proxy=f"sip:{switch}:5060")
        assert registered["event"] == "registered"
        offer = {"type": "offer", "sdp": OFFER}
        accepted = phone.ask("accepted", "call", offer, uri=f"sip:{NUMBER}@{switch}")
        assert accepted["event"] == "accepted"
        phone.ask("hangup", "hangup")
        phone.ask("unregistered", "unregister")
    (record,) = office.new_records(before)
    assert (record.disposition, record.number) == ("ANSWERED", NUMBER)
