"""The agent's protocol without an agent: what is done for a call is for who measures to bring."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

THREADS = 20
PORT = "CELLHUB_AGI_PORT"


class Deeds(Protocol):
    """What is done for a call."""

    def hold(self, call_id: str, username: str) -> bool:
        """Set money aside at the check; False refuses the call."""

    def charge(self, call_id: str) -> None:
        """Note the answer and charge, at the hang-up."""


class SaysYes:
    """Nothing is done for a call."""

    def hold(self, call_id: str, username: str) -> bool:
        """Let it be dialled."""
        return True

    def charge(self, call_id: str) -> None:
        """Let it have been."""


@contextmanager
def yes_sayer(port: int) -> Iterator[None]:
    """Run an agent that says yes in a process of its own, for the length of the block."""
    environment = os.environ | {PORT: str(port)}
    process = subprocess.Popen([sys.executable, "-m", "tests.perf.protocol"], env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def answer_requests(deeds: Deeds) -> None:
    """Answer requests on the agent's port for ever, a thread each."""
    place = ("127.0.0.1", int(os.environ[PORT]))
    with socket.create_server(place, backlog=1024) as server, ThreadPoolExecutor(THREADS) as pool:
        while True:
            peer, _ = server.accept()
            pool.submit(_answer, peer, deeds)


def _answer(peer: socket.socket, deeds: Deeds) -> None:
    with peer:
        text = b""
        while not text.endswith(b"\n\n"):
            piece = peer.recv(65536)
            if not piece:
                return
            text += piece
        call_id, *values = _arguments(text)
        if b"/check\n" in text:
            _tell(peer, call_id, granted=deeds.hold(call_id, values[1]))
    if b"/hangup\n" in text:
        deeds.charge(call_id)


def _arguments(text: bytes) -> list[str]:
    lines = text.splitlines()
    return [line.partition(b": ")[2].decode() for line in lines if line.startswith(b"agi_arg_")]


def _tell(peer: socket.socket, call_id: str, *, granted: bool) -> None:
    if granted:
        peer.sendall(f'SET VARIABLE CELL_VERDICT "ok {call_id}"\n'.encode())
    peer.shutdown(socket.SHUT_WR)
    while peer.recv(65536):
        pass


if __name__ == "__main__":
    answer_requests(SaysYes())
