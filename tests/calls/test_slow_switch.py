"""What our phones make of a softswitch that is slow: sipp against one that only these tests play."""

from __future__ import annotations

import re
import socket
from contextlib import contextmanager
from threading import Thread

import pytest

from cellhub.switch.sipp import Phone, call
from tests.calls.raw import HOST, LARGEST, SDP

CHALLENGE = 'WWW-Authenticate: Digest realm="slow", nonce="{}", algorithm=MD5'
KEPT = ("Via", "From", "To", "Call-ID", "CSeq")
SECONDS = 10.0


class Switch:
    """It hears one phone, and answers it when it is told to."""

    def __init__(self, line):
        self.line = line
        self.line.settimeout(SECONDS)
        self.phone = ("", 0)

    def hear(self, start):
        """The next message that begins so; all others are passed over."""
        while True:
            packet, self.phone = self.line.recvfrom(LARGEST)
            if (message := packet.decode()).startswith(start):
                return message

    def answer(self, request, status, *headers, body=""):
        kept = [found for name in KEPT for found in re.findall(rf"^{name}: [^\r]*", request, re.MULTILINE)]
        lines = [f"SIP/2.0 {status}", *kept, *headers, f"Content-Length: {len(body)}", "", body]
        text = "\r\n".join(lines)
        self.line.sendto(re.sub(r"(?m)^(To: [^\r]*>)\r", r"\1;tag=slow\r", text).encode(), self.phone)


@contextmanager
def switch(play):
    """A softswitch whose one call goes as ``play`` says; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((HOST, 0))
        thread = Thread(target=play, args=(Switch(line),))
        thread.start()
        yield line.getsockname()[1]
        thread.join(SECONDS)
        assert not thread.is_alive()


def challenges_twice(one):
    """It was asked again before it answered, so it challenges twice."""
    first, again = one.hear("INVITE "), one.hear("INVITE ")
    one.answer(first, "401 Unauthorized", CHALLENGE.format("first"))
    proven = one.hear("INVITE ")
    assert 'nonce="first"' in proven
    one.answer(again, "401 Unauthorized", CHALLENGE.format("second"))
    return proven


def takes_the_call(one):
    proven = challenges_twice(one)
    contact = f"Contact: <sip:slow@{HOST}>"
    one.answer(proven, "200 OK", contact, "Content-Type: application/sdp", body=SDP)
    one.answer(one.hear("BYE "), "200 OK")


def refuses_the_proof(one):
    one.answer(challenges_twice(one), "401 Unauthorized", CHALLENGE.format("third"))
    one.hear("ACK ")


@pytest.mark.parametrize(("play", "code"), [(takes_the_call, 200), (refuses_the_proof, 401)])
def test_a_second_answer_to_the_first_invite_refuses_nothing(play, code):
    with switch(play) as port:
        outcome = call(Phone("north-1", "secret", port=port), "905551234567", 0.3)
    assert outcome.code == code
    assert (outcome.talk_seconds is not None) == (code == 200)
