"""An agent that is none: it listens where a softswitch asks, and answers in one bad way."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

HOST = "127.0.0.1"
Environment = dict[str, str]
Reply = Callable[[socket.socket, Environment], None]
"""What it does with a request before it closes."""


@contextmanager
def answering(port: int, reply: Reply) -> Iterator[None]:
    """Answer every request so until the block ends."""
    with socket.create_server((HOST, port)) as listener:
        thread = Thread(target=_serve, args=(listener, reply), name="bad agent", daemon=True)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
    assert not thread.is_alive(), "it still answers"


def _serve(listener: socket.socket, reply: Reply) -> None:
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        with peer, suppress(OSError):
            reply(peer, _environment(peer))


def _environment(peer: socket.socket) -> Environment:
    lines: Environment = {}
    with peer.makefile("r", encoding="utf-8") as stream:
        for line in stream:
            key, colon, value = line.rstrip("\n").partition(": ")
            if not colon:
                break
            lines[key] = value
    return lines
