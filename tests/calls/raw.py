"""A phone that says what no well-behaved one says: single SIP messages, byte by byte."""

from __future__ import annotations

import hashlib
import re
import socket
import struct
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Thread

HOST = "127.0.0.1"
LARGEST = 65_535
ANSWER_SECONDS = 4.0
"""After so long there will be no answer: what cannot be read is dropped, and a check is over in three."""

FRAME_SECONDS = 0.020
PROVISIONAL = range(100, 200)
SDP = "\r\n".join(
    (
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        "m=audio 39998 RTP/AVP 8",
        "a=rtpmap:8 PCMA/8000",
        "",
    )
)
_FIELD = re.compile(r'(\w+)="?([^",]+)"?')


@dataclass(slots=True)
class RawPhone:
    """One dialog at most; ``username`` and ``secret`` prove who it is.

    ``says`` is what its From claims, ``name`` the name that it shows, ``proof`` the last one that it gave.
    """

    line: socket.socket
    port: int
    username: str
    secret: str
    says: str = ""
    name: str = ""
    proof: str = ""
    call_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    tag: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    peer_tag: str = ""
    media_port: int = 0
    sequence: int = 0

    @property
    def local(self) -> str:
        """Where it listens."""
        host, port = self.line.getsockname()
        return f"{host}:{port}"

    def invite(self, number: str, *headers: str) -> int | None:
        """Call with digest and acknowledge; return the final code, None if none came."""
        code, challenge = self._invite(number, headers)
        if code == 401:
            self.proof = self.proof_of("INVITE", number, challenge)
            code, _ = self._invite(number, (*headers, self.proof))
        return code

    def replay(self, number: str, proof: str) -> int | None:
        """Call with a proof that was overheard; return the final code."""
        return self._invite(number, (proof,))[0]

    def heard(self, method: str) -> bool:
        """Whether such a request has come; what was said before it is passed over."""
        try:
            while not self.line.recv(LARGEST).startswith(f"{method} ".encode()):
                pass
        except TimeoutError:
            return False
        return True

    def request(self, method: str, number: str, *headers: str, body: str = "") -> int | None:
        """Say something within the dialog and return the answer's code."""
        return self.ask(method, number, headers, body)[0]

    def ask(
        self, method: str, number: str, headers: tuple[str, ...] = (), body: str = ""
    ) -> tuple[int | None, str]:
        """Say something; return the final code and the whole answer, None and nothing if none came."""
        self.sequence += 1
        self.send(method, number, headers, body)
        deadline = time.monotonic() + 8
        while time.monotonic() < deadline:
            try:
                heard = self.line.recv(LARGEST).decode("latin-1")
            except TimeoutError:
                break
            status = re.match(r"SIP/2\.0 (\d{3})", heard)
            if status and int(status.group(1)) not in PROVISIONAL and f"{self.sequence} {method}" in heard:
                return int(status.group(1)), heard
        return None, ""

    def send(self, method: str, number: str, headers: tuple[str, ...], body: str = "") -> None:
        """Send one request and wait for nothing."""
        to_tag = f";tag={self.peer_tag}" if self.peer_tag else ""
        lines = (
            f"{method} sip:{number}@{HOST}:{self.port} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.local};branch=z9hG4bK-{self.tag}-{self.sequence}-{method}",
            f"From: {self.name}<sip:{self.says or self.username}@{HOST}>;tag={self.tag}",
            f"To: <sip:{number}@{HOST}>{to_tag}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.sequence} {method}",
            f"Contact: <sip:{self.username}@{self.local}>",
            "Max-Forwards: 70",
            *headers,
            f"Content-Length: {len(body)}",
        )
        self.line.sendto("\r\n".join((*lines, "", body)).encode("latin-1"), (HOST, self.port))

    def _invite(self, number: str, headers: tuple[str, ...]) -> tuple[int | None, str]:
        code, answer = self.ask("INVITE", number, (*headers, "Content-Type: application/sdp"), SDP)
        if code is not None:
            tag = re.search(r"^To:.*;tag=([^\s;]+)", answer, re.M | re.I)
            self.peer_tag = tag.group(1) if tag else ""
            media = re.search(r"^m=audio (\d+)", answer, re.M)
            self.media_port = int(media.group(1)) if media else 0
            self.send("ACK", number, ())
            if code >= 300:
                self.peer_tag = ""
        return code, answer

    def proof_of(self, method: str, number: str, challenge: str) -> str:
        """Answer a challenge of the softswitch."""
        header = next(line for line in challenge.split("\r\n") if line.lower().startswith("www-auth"))
        asked = dict(_FIELD.findall(header))
        uri, count, ours = f"sip:{number}@{HOST}:{self.port}", "00000001", "0a4f113b"
        first = _md5(f"{self.username}:{asked['realm']}:{self.secret}")
        second = _md5(f"{method}:{uri}")
        response = _md5(f"{first}:{asked['nonce']}:{count}:{ours}:auth:{second}")
        opaque = f', opaque="{asked["opaque"]}"' if "opaque" in asked else ""
        return (
            f'Authorization: Digest username="{self.username}", realm="{asked["realm"]}", '
            f'nonce="{asked["nonce"]}", uri="{uri}", response="{response}", algorithm=MD5, '
            f'cnonce="{ours}", qop=auth, nc={count}{opaque}'
        )


@contextmanager
def speaking(phone: RawPhone) -> Iterator[None]:
    """Send silence, which is sound all the same, for the length of the block."""
    silent = Event()

    def speak() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.connect((HOST, phone.media_port))
            for place in count():
                header = struct.pack("!BBHII", 0x80, 8, place & 0xFFFF, place * 160 & 0xFFFFFFFF, 4711)
                # Once the call is over nobody listens there.
                with suppress(ConnectionRefusedError):
                    line.send(header + b"\xd5" * 160)
                if silent.wait(FRAME_SECONDS):
                    return

    voice = Thread(target=speak)
    voice.start()
    try:
        yield
    finally:
        silent.set()
        voice.join()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@contextmanager
def raw_phone(
    port: int,
    username: str,
    secret: str,
    *,
    says: str = "",
    name: str = "",
    local: tuple[str, int] = (HOST, 0),
) -> Iterator[RawPhone]:
    """A phone whose socket is open for the length of the block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(local)
        line.settimeout(ANSWER_SECONDS)
        yield RawPhone(line, port, username, secret, says, name)
