"""A provider's side of one call that says what no well-behaved one says, byte by byte."""

from __future__ import annotations

import re
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal

from tests.calls.raw import HOST, LARGEST, SDP

ANSWERS_WITHIN = 1.5
"""Seconds after which it expects no answer: to a REFER there is none."""

_CODE = re.compile(r"SIP/2\.0 (\d{3})")


@dataclass(slots=True)
class RawFarEnd:
    """It answers the call that comes, may ask for things within it, and hears the end."""

    line: socket.socket
    tag: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    invite: str = ""
    softswitch: tuple[str, int] = (HOST, 0)
    sequence: int = 0
    answered_on: float = 0.0
    heard: list[tuple[float, str]] = field(default_factory=list)

    @property
    def local(self) -> str:
        """Where it listens."""
        return f"{HOST}:{self.line.getsockname()[1]}"

    @property
    def call_id(self) -> str:
        """The id of the dialog."""
        return self._header("Call-ID")

    @property
    def peer_tag(self) -> str:
        """The softswitch's tag of the dialog."""
        return self._header("From").rpartition("tag=")[2]

    def answer(self) -> None:
        """Answer the call that comes next, and wait until the softswitch has heard it."""
        _, self.invite = self._hear("INVITE ")
        self._reply(self.invite, SDP)
        self.answered_on = time.monotonic()
        self._hear("ACK ")

    def request(self, method: str, *headers: str, body: str = "") -> int | None:
        """Say something within the dialog; the answer's code, None if none came."""
        self.sequence += 1
        target = re.search(r"<(sip:[^>]+)>", self._header("Contact"))
        assert target
        lines = (
            f"{method} {target[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.local};branch=z9hG4bK-{self.tag}-{self.sequence}",
            f"From: {self._header('To')};tag={self.tag}",
            f"To: {self._header('From')}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.sequence} {method}",
            f"Contact: <sip:{self.local}>",
            "Max-Forwards: 70",
            *headers,
            f"Content-Length: {len(body)}",
        )
        self._send(lines, body)
        _, answer = self._hear("SIP/2.0 ", ANSWERS_WITHIN)
        code = _CODE.match(answer)
        return int(code[1]) if code else None

    def wait_for_the_end(self, seconds: float) -> Decimal:
        """Wait until the softswitch ends the call; how long it lasted."""
        ended_on, bye = self._hear("BYE ", seconds)
        assert bye, "the call was not ended"
        self._reply(bye)
        return Decimal(str(round(ended_on - self.answered_on, 6)))

    def _header(self, name: str) -> str:
        found = re.search(rf"^{name}: *(.*?)\r$", self.invite, re.M | re.I)
        assert found, f"the INVITE has no {name}"
        return found[1]

    def _reply(self, request: str, body: str = "") -> None:
        kept = re.findall(r"^(?:Via|From|Call-ID|CSeq|Record-Route):.*?(?=\r$)", request, re.M | re.I)
        (to,) = re.findall(r"^To:.*?(?=\r$)", request, re.M | re.I)
        tagged = to if "tag=" in to else f"{to};tag={self.tag}"
        kind = ("Content-Type: application/sdp",) if body else ()
        contact = f"Contact: <sip:{self.local}>"
        self._send(("SIP/2.0 200 OK", *kept, tagged, contact, *kind, f"Content-Length: {len(body)}"), body)

    def _send(self, lines: tuple[str, ...], body: str) -> None:
        self.line.sendto("\r\n".join((*lines, "", body)).encode("latin-1"), self.softswitch)

    def _hear(self, beginning: str, seconds: float = 8.0) -> tuple[float, str]:
        """The next message that begins so, and when it came; what comes before it is kept for later."""
        deadline = time.monotonic() + seconds
        while not (found := self._take(beginning)) and (left := deadline - time.monotonic()) > 0:
            self.line.settimeout(left)
            with suppress(TimeoutError):
                piece, self.softswitch = self.line.recvfrom(LARGEST)
                self.heard.append((time.monotonic(), piece.decode("latin-1")))
        return found or (0.0, "")

    def _take(self, beginning: str) -> tuple[float, str] | None:
        for place, (_, text) in enumerate(self.heard):
            if text.startswith(beginning) and not text.startswith("SIP/2.0 1"):
                return self.heard.pop(place)
        return None


@contextmanager
def raw_far_end(port: int) -> Iterator[RawFarEnd]:
    """A provider whose socket is open for the length of the block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((HOST, port))
        yield RawFarEnd(line)
