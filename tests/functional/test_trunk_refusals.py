"""What a trunk's form refuses, and with which sentence."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cellhub.routes.models import Trunk
from cellhub.security.roles import Role
from tests.functional.forms import send

IP = {"name": "halyard-eu", "provider": "Halyard", "host": "198.51.100.31", "port": "5060"}


def errors(page):
    return [one.get_text(strip=True) for one in page.html.select(".field .error")]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"name": "Halyard EU"},
            "Write 1 to 40 small letters, digits or -, beginning with a letter or digit.",
        ),
        (
            {"name": "a,b&PJSIP/x"},
            "Write 1 to 40 small letters, digits or -, beginning with a letter or digit.",
        ),
        ({"name": "x" * 41}, "Write 1 to 40 small letters, digits or -, beginning with a letter or digit."),
        ({"name": "north-carrier"}, "A trunk has this name already. Write another one."),
        ({"host": ""}, "Write the provider's host name or IP address."),
        (
            {"host": "sip:198.51.100.31"},
            "Write a host name or an IPv4 address alone; the port has its own field.",
        ),
        (
            {"host": "198.51.100.31:5060"},
            "Write a host name or an IPv4 address alone; the port has its own field.",
        ),
        ({"host": "a;b"}, "Write a host name or an IPv4 address alone; the port has its own field."),
        ({"host": "sip..example"}, "Write a host name or an IPv4 address alone; the port has its own field."),
        (
            {"host": "sip.-a.example"},
            "Write a host name or an IPv4 address alone; the port has its own field.",
        ),
        (
            {"host": "x" * 64 + ".example"},
            "Write a host name or an IPv4 address alone; the port has its own field.",
        ),
        (
            {"host": "sip." * 63 + "ex"},
            "Write a host name or an IPv4 address alone; the port has its own field.",
        ),
        ({"host": "300.1.1.1"}, "Write four numbers from 0 to 255, such as 203.0.113.18."),
        ({"port": "70000"}, "Write a whole number from 1 to 65535."),
        ({"codecs": "alaw,mp3"}, "Write some of alaw, ulaw, g722, g729, gsm, opus, each once, with commas."),
        ({"codecs": "alaw,alaw"}, "Write some of alaw, ulaw, g722, g729, gsm, opus, each once, with commas."),
        ({"strip_prefix": "${SHELL(id)}"}, "Write up to 20 digits, * or #; only a + may come before them."),
        ({"add_prefix": "00&PJSIP/x"}, "Write up to 20 digits, * or #; only a + may come before them."),
        ({"caller_id": '"x" <9o5>'}, "The number must be 1 to 20 digits, with or without a leading +."),
        ({"max_channels": "-1"}, "Write a whole number from 0 to 100000."),
        ({"calls_per_second": "10001"}, "Write a whole number from 0 to 10000."),
        ({"ring_seconds": "4"}, "Write a whole number from 5 to 180."),
        ({"register": True}, "Choose Username + Password, or leave Register off for IP-to-IP."),
        (
            {"authentication": "password"},
            "Write the username that the provider gave you, or choose IP-to-IP.",
        ),
        (
            {"authentication": "password", "username": "me"},
            "Write the password that the provider gave you.",
        ),
        (
            {"authentication": "password", "username": "me@x;y", "password": "p"},
            "Write up to 80 letters, digits or . _ + -, without blanks or @.",
        ),
        (
            {"authentication": "password", "username": "me", "password": "a;[b]\nc"},
            "Write up to 200 visible ASCII characters, without blanks, ; [ or ].",
        ),
    ],
)
def test_a_bad_trunk_is_refused_at_its_field(portal, world, fields, sentence):
    page = send(portal(Role.ADMIN), "/trunks/new", **{**IP, **fields})
    assert page.status_int == 400
    assert len(errors(page)) == 1
    assert errors(page)[0].startswith(sentence)
    made = world.see_everything().scalars(select(Trunk.name).where(Trunk.host == IP["host"])).all()
    assert made == []
