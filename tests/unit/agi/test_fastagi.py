"""An AGI session: what is believed of its environment, how it answers, and that no peer can hold it."""

from __future__ import annotations

import socket
import struct
import time
from itertools import repeat

import pytest
from cellhub_agi.fastagi import LARGEST_ENVIRONMENT, FastAgi, Nobody, NoReplies, ProtocolError

from tests.fakes.agi import RAN, environment, pouring

SECONDS = 2.0
SHORT = 0.2
CALL_ID = "0123456789abcdef" * 2


@pytest.fixture
def ends():
    """The agent's end of a connection, and Asterisk's."""
    agent, asterisk = socket.socketpair()
    with agent, asterisk:
        asterisk.settimeout(SECONDS)
        yield agent, asterisk


def says(asterisk: socket.socket, *pieces: bytes) -> None:
    """Send pieces and say no more."""
    for piece in pieces:
        asterisk.sendall(piece)
    asterisk.shutdown(socket.SHUT_WR)


def session(ends, *arguments: str) -> FastAgi:
    agent, asterisk = ends
    asterisk.sendall(environment(*arguments))
    return FastAgi(agent, SECONDS)


def test_the_environment_is_read_whole_with_its_arguments_in_order(ends):
    agi = session(ends, CALL_ID, "905551234567", "", "north-101", *map(str, range(5, 12)))
    assert agi.env["agi_channel"] == "PJSIP/north-101-00000001"
    assert agi.env["agi_accountcode"] == ""
    assert agi.arguments == [CALL_ID, "905551234567", "", "north-101", *map(str, range(5, 12))]


def test_a_value_keeps_its_colons(ends):
    assert session(ends, "a: b:c").arguments == ["a: b:c"]


def test_an_environment_that_comes_byte_by_byte_is_read_all_the_same(ends):
    agent, asterisk = ends
    with pouring(asterisk, (bytes([byte]) for byte in environment(CALL_ID))):
        assert FastAgi(agent, SECONDS).arguments == [CALL_ID]


def test_who_closes_without_a_word_is_nobody(ends):
    agent, asterisk = ends
    asterisk.close()
    with pytest.raises(Nobody):
        FastAgi(agent, SECONDS)


def test_who_never_says_a_word_is_given_up_at_the_deadline(ends):
    began = time.monotonic()
    with pytest.raises(ProtocolError, match="took too long"):
        FastAgi(ends[0], SHORT)
    assert SHORT <= time.monotonic() - began < SECONDS


def test_who_drips_is_given_up_at_the_same_deadline(ends):
    agent, asterisk = ends
    with pouring(asterisk, repeat(b"x"), pause=SHORT / 8):
        began = time.monotonic()
        with pytest.raises(ProtocolError, match="took too long"):
            FastAgi(agent, SHORT)
        assert time.monotonic() - began < SECONDS
        agent.close()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"GET / HTTP/1.1\n\n", "no key"),
        (b"\x16\x03\x01\x02\x00\n\n", "no key"),
        (b"\n\n", "no key"),
        (b"agi_network yes\n\n", "no key"),
        (b"agi_channel\0: x\n\n", "no key"),
        (b"AGI_CHANNEL: x\n\n", "no key"),
        (environment(CALL_ID)[:-40], "ended within"),
        (environment(CALL_ID)[:-1], "ended within"),
        (environment(CALL_ID).replace(b"agi_threadid", b"agi_thread"), "no agi_threadid"),
        (environment(CALL_ID, extension="1\nagi_arg_1: forged"), "agi_arg_1 twice"),
        (environment(CALL_ID, extension="1\n\n"), "no agi_threadid"),
    ],
)
def test_what_is_no_environment_of_asterisk_is_refused(ends, text, reason):
    agent, asterisk = ends
    says(asterisk, text)
    with pytest.raises(ProtocolError, match=reason):
        FastAgi(agent, SECONDS)


def test_a_line_of_a_megabyte_is_refused_before_it_is_read_whole(ends):
    agent, asterisk = ends
    with pouring(asterisk, [b"agi_x: " + b"a" * (1 << 20)]):
        with pytest.raises(ProtocolError, match=f"larger than {LARGEST_ENVIRONMENT}"):
            FastAgi(agent, SECONDS)
        agent.close()


def test_bytes_that_are_no_text_are_kept_out_of_the_way(ends):
    agent, asterisk = ends
    says(asterisk, environment(CALL_ID).replace(b"Pera", b"\xff\0"))
    assert FastAgi(agent, SECONDS).env["agi_calleridname"] == "\ufffd\0"


def test_commands_travel_in_one_piece_and_their_write_side_is_closed_behind_them(ends):
    agi = session(ends, CALL_ID)
    agi.set_variable("BILLINGRESULT", "ok")
    agi.set_variable("CELLHUB_SLICE", 60)
    says(ends[1], RAN * 2)
    assert agi.send() == [200, 200]
    heard = ends[1].makefile("rb").read()
    assert heard == b'SET VARIABLE "BILLINGRESULT" "ok"\nSET VARIABLE "CELLHUB_SLICE" "60"\n'


def test_a_value_stays_one_argument_of_one_line(ends):
    agi = session(ends, CALL_ID)
    agi.set_variable("X", 'a "b" \\ ${SHELL(id)}')
    says(ends[1], RAN)
    agi.send()
    assert ends[1].makefile("rb").read() == b'SET VARIABLE "X" "a \\"b\\" \\\\ ${SHELL(id)}"\n'


@pytest.mark.parametrize("value", ["a\nHANGUP", "a\rb", "a\0b"])
def test_a_value_with_a_line_break_is_never_sent(ends, value):
    agi = session(ends, CALL_ID)
    with pytest.raises(ValueError, match="line break"):
        agi.set_variable("X", value)


@pytest.mark.parametrize(
    ("replies", "statuses"),
    [
        (b"", []),
        (b"200 result=1\n200 resu", [200, 200]),
        (b"HANGUP\n200 result=1\n511 Command Not Permitted on a dead channel\n", [200, 511]),
        (
            b"520-Invalid command syntax.  Proper usage follows:\nUsage: X\n520 End of proper usage.\n",
            [520, 520],
        ),
        (b"garbage\n\0\xff\n", []),
    ],
)
def test_replies_are_read_to_their_end_whatever_they_are(ends, replies, statuses):
    agi = session(ends, CALL_ID)
    agi.set_variable("X", "1")
    says(ends[1], replies)
    assert agi.send() == statuses


def test_commands_that_are_sent_late_are_given_time_for_their_replies(ends):
    agent, asterisk = ends

    def late():
        yield b""
        yield RAN
        asterisk.shutdown(socket.SHUT_WR)

    asterisk.sendall(environment(CALL_ID))
    agi = FastAgi(agent, SHORT)
    agi.set_variable("X", "1")
    with pouring(asterisk, late(), pause=1.5 * SHORT):
        assert agi.send() == [200]


def test_replies_that_never_come_are_waited_for_until_the_deadline(ends):
    agent, asterisk = ends
    asterisk.sendall(environment(CALL_ID))
    agi = FastAgi(agent, SHORT)
    began = time.monotonic()
    with pytest.raises(NoReplies, match="took too long"):
        agi.send()
    assert time.monotonic() - began < SECONDS


def test_replies_that_never_end_are_not_gathered_for_ever(ends):
    agent, asterisk = ends
    agi = session(ends, CALL_ID)
    with pouring(asterisk, repeat(RAN)):
        with pytest.raises(ProtocolError, match="never end"):
            agi.send()
        agent.close()


def test_a_peer_that_is_gone_cannot_be_answered():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asterisk = socket.create_connection(listener.getsockname())
        agent, _ = listener.accept()
    with agent:
        asterisk.sendall(environment(CALL_ID))
        agi = FastAgi(agent, SECONDS)
        asterisk.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        asterisk.close()  # a reset
        agi.set_variable("X", "1")
        with pytest.raises(ProtocolError, match=r"could not be sent|broke"):
            agi.send()


def test_there_is_no_reply_to_a_single_command(ends):
    with pytest.raises(NotImplementedError):
        session(ends, CALL_ID).get_result()
