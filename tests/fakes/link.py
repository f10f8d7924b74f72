"""A link to a server that a test cuts at a chosen moment: a TCP proxy on a real socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from threading import Lock, Thread

HOST = "127.0.0.1"
CHUNK = 1 << 16
# PostgreSQL's ReadyForQuery, outside any transaction: what was asked is committed.
READY = b"Z\x00\x00\x00\x05I"


class Cut(Enum):
    """When the link breaks."""

    BEFORE_SERVER = "the server never saw the request"
    AFTER_COMMIT = "the server did it and its answer was lost"


class Pair:
    """One connection, from the client to the link and on to the server."""

    def __init__(self, client: socket.socket, server_port: int) -> None:
        self.client = client
        self.server = socket.create_connection((HOST, server_port))
        self.answer_is_lost = False

    def end(self) -> None:
        """Break it for both sides."""
        for side in (self.client, self.server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()


class Link:
    """Passes everything on, until told to break.

    ``connections`` counts how often somebody connected; ``cuts`` how often it still will
    break.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server((HOST, 0))
        self._lock = Lock()
        self._pairs: list[Pair] = []
        self._text, self._moment = b"", Cut.BEFORE_SERVER
        self.cuts = 0
        self.connections = 0
        self._acceptor = Thread(target=self._accept, name="link", daemon=True)
        self._acceptor.start()

    @property
    def port(self) -> int:
        """The port to connect to instead of the server's."""
        return int(self._listener.getsockname()[1])

    def cut_at(self, text: str, moment: Cut, times: int = 1) -> None:
        """Break, so many times, when a request that holds ``text`` passes."""
        self._text, self._moment, self.cuts = text.encode(), moment, times

    def cut(self) -> None:
        """End every connection."""
        with self._lock:
            ended, self._pairs = self._pairs, []
        for pair in ended:
            pair.end()

    def close(self) -> None:
        """End every connection and refuse new ones."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(timeout=2)
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            pair = Pair(client, self._server_port)
            with self._lock:
                self._pairs.append(pair)
                self.connections += 1
            for way in (self._pass_on, self._pass_back):
                Thread(target=way, args=(pair,), name="link", daemon=True).start()

    def _pass_on(self, pair: Pair) -> None:
        with suppress(OSError):
            while piece := pair.client.recv(CHUNK):
                if self._is_cut(piece):
                    if self._moment is Cut.BEFORE_SERVER:
                        break
                    pair.answer_is_lost = True
                pair.server.sendall(piece)
        pair.end()

    def _pass_back(self, pair: Pair) -> None:
        swallowed = b""
        with suppress(OSError):
            while piece := pair.server.recv(CHUNK):
                if not pair.answer_is_lost:
                    pair.client.sendall(piece)
                    continue
                swallowed += piece
                if READY in swallowed:
                    break
        pair.end()

    def _is_cut(self, piece: bytes) -> bool:
        with self._lock:
            if self.cuts == 0 or self._text not in piece:
                return False
            self.cuts -= 1
            return True


@contextmanager
def link_to(server_port: int) -> Iterator[Link]:
    """A link for the length of the block."""
    link = Link(server_port)
    try:
        yield link
    finally:
        link.close()
