"""Ports that cannot be had are named before anything starts."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from cellhub.local import ports
from cellhub.local.settings import LocalSettings
from tests.fixtures.installation import SINGLE_PORTS, free_ports

ALL = [need.part for need in ports.NEEDS]


@pytest.fixture
def free():
    """Port settings that nobody uses."""
    return dict(zip(SINGLE_PORTS, free_ports(len(SINGLE_PORTS)), strict=True))


def settings(**values):
    return LocalSettings(**{"home": Path("/nowhere"), **values})


def listener(kind=socket.SOCK_STREAM):
    held = socket.socket(socket.AF_INET, kind)
    held.bind(("127.0.0.1", 0))
    if kind == socket.SOCK_STREAM:
        held.listen()
    return held


def test_free_ports_are_no_objection(free):
    assert ports.objections(settings(**free), ALL) == []


def test_a_taken_port_is_named_with_its_purpose_holder_and_setting(free):
    with listener() as held:
        port = held.getsockname()[1]
        found = ports.objections(settings(**free | {"portal_port": port}), ALL)
    assert len(found) == 1
    assert f"Port {port} (TCP, for the portal) is taken by " in found[0]
    assert f"(pid {os.getpid()})" in found[0]
    assert found[0].endswith("End that, or choose another by CELLHUB_PORTAL_PORT.")


def test_a_port_taken_for_udp_alone_is_found(free):
    with listener(socket.SOCK_DGRAM) as held:
        port = held.getsockname()[1]
        found = ports.objections(settings(**free | {"sip_port": port}), ALL)
    assert [sentence.split(" is taken")[0] for sentence in found] == [f"Port {port} (UDP, for SIP)"]


def test_a_part_that_does_not_start_needs_no_port(free):
    with listener() as held:
        taken = free | {"ami_port": held.getsockname()[1]}
        assert ports.objections(settings(**taken), ["portal"]) == []


def test_two_settings_with_one_port_are_both_named(free):
    twice = free | {"live_port": free["portal_port"]}
    assert ports.objections(settings(**twice), ALL) == [
        f"Port {free['portal_port']} is named by CELLHUB_LIVE_PORT and CELLHUB_PORTAL_PORT: "
        "give each its own."
    ]


def test_an_address_of_another_machine_is_named(free):
    found = ports.objections(settings(**free, listen_host="192.0.2.1"), ["portal"])
    assert found == ["CELLHUB_LISTEN_HOST: 192.0.2.1 is no address of this machine."]


def test_an_rtp_range_upside_down_is_named(free):
    found = ports.objections(settings(**free, rtp_first=12000, rtp_last=11000), ALL)
    assert found == [
        "CELLHUB_RTP_FIRST is 12000 and CELLHUB_RTP_LAST is 11000: "
        "the last port must be greater than the first."
    ]
