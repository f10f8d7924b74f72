"""A provider's registrar on a real socket: it takes every REGISTER and remembers it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

COPIED = ("via", "from", "to", "call-id", "cseq", "contact")
EXPIRES = re.compile(r"expires[:=]\s*(\d+)", re.IGNORECASE)
LARGEST = 65_535


@dataclass(slots=True)
class Registrar:
    """``heard`` holds the seconds that each REGISTER asked for; 0 ends a registration.

    ``peers`` are the addresses that they came from.
    """

    port: int
    heard: list[int] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)


@contextmanager
def registrar(host: str = "127.0.0.1") -> Iterator[Registrar]:
    """Answer on a free port of ``host`` for the length of the block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((host, 0))
        one = Registrar(line.getsockname()[1])
        thread = Thread(target=_serve, args=(line, one), daemon=True)
        thread.start()
        yield one
        line.sendto(b"end", (host, one.port))
        thread.join(5)


def _serve(line: socket.socket, one: Registrar) -> None:
    while True:
        with suppress(OSError):
            data, peer = line.recvfrom(LARGEST)
            if data == b"end":
                return
            text = data.decode()
            if text.startswith("REGISTER "):
                asked = EXPIRES.search(text)
                one.peers.append(peer[0])
                one.heard.append(int(asked[1]) if asked else -1)
            if not text.startswith("SIP/2.0"):
                line.sendto(_ok(text), peer)


def _ok(request: str) -> bytes:
    lines = request.partition("\r\n\r\n")[0].split("\r\n")[1:]
    kept = [one for one in lines if one.partition(":")[0].strip().lower() in COPIED]
    tagged = [
        f"{one};tag=far" if one.lower().startswith("to:") and "tag=" not in one else one for one in kept
    ]
    return "\r\n".join(["SIP/2.0 200 OK", *tagged, "Content-Length: 0", "", ""]).encode()
