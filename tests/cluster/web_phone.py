"""A web phone as far as it speaks with the gateway: its words are real, and it has no voice."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from websocket import WebSocket, create_connection

SECONDS = 10.0
SUBPROTOCOL, PLUGIN = "janus-protocol", "janus.plugin.sip"
OFFER = "\r\n".join(
    [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 8",
        "c=IN IP4 0.0.0.0",
        "a=mid:0",
        "a=sendrecv",
        "a=rtcp-mux",
        "a=ice-ufrag:none",
        f"a=ice-pwd:{'none' * 6}",
        f"a=fingerprint:sha-256 {':'.join(['0A'] * 32)}",
        "a=setup:actpass",
        "a=rtpmap:8 PCMA/8000",
        "",
    ]
)
"""What a browser would offer, with an address and a key that nobody has."""

Words = dict[str, Any]


@dataclass
class WebPhone:
    """A line of the gateway's SIP plugin."""

    socket: WebSocket
    place: Words

    def ask(self, event: str, request: str, jsep: Words | None = None, **body: Any) -> Words:
        """Ask for something and return what is told of the event that is waited for, or of a refusal."""
        message = {"janus": "message", **self.place, "body": {"request": request, **body}}
        send(self.socket, message | ({"jsep": jsep} if jsep else {}))
        return self.told(event)

    def told(self, event: str) -> Words:
        """Wait for an event of the line; one that says that something failed is one, too."""
        while True:
            data = json.loads(self.socket.recv()).get("plugindata", {}).get("data", {})
            result: Words = data.get("result", data)
            if result.get("event") == event or "error" in data or "failed" in str(result.get("event")):
                return result


@contextmanager
def web_phone(host: str, port: int) -> Iterator[WebPhone]:
    """A line at the gateway; it is gone after the block."""
    socket = create_connection(f"ws://{host}:{port}", timeout=SECONDS, subprotocols=[SUBPROTOCOL])
    try:
        session = made(socket, {"janus": "create"})
        handle = made(socket, {"janus": "attach", "session_id": session, "plugin": PLUGIN})
        yield WebPhone(socket, {"session_id": session, "handle_id": handle})
    finally:
        socket.close()


def made(socket: WebSocket, words: Words) -> int:
    """The number of what was asked for."""
    send(socket, words)
    return int(json.loads(socket.recv())["data"]["id"])


def send(socket: WebSocket, words: Words) -> None:
    """Say something; each sentence has a mark of its own."""
    socket.send(json.dumps(words | {"transaction": uuid.uuid4().hex}))
