"""What an entry may know of its request."""

from __future__ import annotations

import socket

import pytest
from cellhub_agi.fastagi import FastAgi, ProtocolError
from cellhub_agi.session import Session

from tests.fakes.agi import environment

CALL_ID = "0123456789abcdef" * 2


def session(*arguments: str, **others: str) -> Session:
    agent, asterisk = socket.socketpair()
    with agent, asterisk:
        asterisk.sendall(environment(*arguments, **others))
        return Session.of(FastAgi(agent, 1.0))


def test_a_request_names_its_entry_its_call_and_its_caller():
    read = session(CALL_ID, "905551234567", "north-101")
    assert (read.entry, read.call_id, read.arguments) == ("check", CALL_ID, ("905551234567", "north-101"))
    assert (read.caller_number, read.channel) == ("902125550100", "PJSIP/north-101-00000001")
    assert [read.argument(place) for place in range(3)] == ["905551234567", "north-101", ""]


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("sip:+902125550164@10.0.0.1", "902125550164"),
        ("sip:902125550164:secret@10.0.0.1:5070", "902125550164"),
        ("sip:902125550164@10.0.0.1reasonunconditional", "902125550164"),
        ("sips:902125550164@x.example", "902125550164"),
        ("tel:+902125550164", "902125550164"),
        ("sip:12a4@x", ""),
        ("sip:1@x", ""),
        ("sip:" + "1" * 21 + "@x", ""),
        ("902125550164", ""),
        ("sip:pera@902125550164", ""),
        ("", ""),
    ],
)
def test_a_number_is_read_from_the_address_that_a_phone_sent(said, number):
    assert session(CALL_ID, "905", "north-101", said).number_in(2) == number


def test_a_header_that_was_not_sent_names_no_number():
    assert session(CALL_ID, "905", "north-101").number_in(3) == ""


def test_what_follows_the_entrys_name_is_not_of_it():
    assert session(CALL_ID, network_script="check?tenant=2").entry == "check"


def test_a_caller_without_a_number_has_none():
    assert session(CALL_ID, callerid="unknown").caller_number == ""


@pytest.mark.parametrize(
    "first", ["", "1", CALL_ID.upper(), CALL_ID + "0", CALL_ID[:-1], CALL_ID[:-1] + "\0", f"{CALL_ID}' OR 1"]
)
def test_a_request_without_a_call_id_is_refused(first):
    with pytest.raises(ProtocolError, match="no call id"):
        session(first)


def test_a_request_without_arguments_is_refused():
    with pytest.raises(ProtocolError, match="no call id"):
        session()
