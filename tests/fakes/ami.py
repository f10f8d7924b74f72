"""Asterisk's side of AMI on a real socket: it greets, takes log-ins, and answers as a test scripts it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread

HOST = "127.0.0.1"
SECRET = "k3pt-0n-this-machine"
GREETING = b"Asterisk Call Manager/9.0.0\r\n"
Action = dict[str, str]
Answers = Callable[[Action], bytes | None]
"""From an action to what is sent back; None ends the session, nothing leaves it unanswered."""


def block(*lines: str, **headers: str) -> bytes:
    """Write one message of AMI."""
    named = [f"{name}: {value}" for name, value in headers.items()]
    return "".join(f"{line}\r\n" for line in (*named, *lines, "")).encode()


def success(action: Action, *lines: str) -> bytes:
    """A reply that it was done."""
    return block(*lines, Response="Success", ActionID=action["ActionID"])


def error(action: Action, message: str) -> bytes:
    """A reply that it was not."""
    return block(Response="Error", ActionID=action["ActionID"], Message=message)


def listing(action: Action, events: Iterable[Iterable[str]]) -> bytes:
    """A reply with a list, each event by its lines, and the list's end."""
    number = action["ActionID"]
    rows = [block(*lines, ActionID=number) for lines in events]
    end = block(Event="ListComplete", ActionID=number, EventList="Complete", ListItems=str(len(rows)))
    return b"".join([success(action, "EventList: start"), *rows, end])


class Asterisk:
    """Any number of sessions; ``logins`` are the log-ins that were taken, ``heard`` all other actions."""

    def __init__(self) -> None:
        self.heard: list[Action] = []
        self.logins: list[Action] = []
        self.greeting = GREETING
        self.answers: Answers = success
        self._listener = socket.create_server((HOST, 0))
        self._sessions: list[socket.socket] = []
        self._lock = Lock()
        self._acceptor = Thread(target=self._accept, name="asterisk", daemon=True)
        self._acceptor.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def say(self, piece: bytes) -> None:
        """Send something that nobody asked for to every session."""
        for session in list(self._sessions):
            session.sendall(piece)

    def cut(self) -> None:
        """End every session, as a softswitch does that ends."""
        with self._lock:
            ended, self._sessions = self._sessions, []
        for session in ended:
            _end(session)

    def close(self) -> None:
        """End every session and take no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(timeout=2)
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                session, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._sessions.append(session)
            Thread(target=self._serve, args=(session,), name="asterisk", daemon=True).start()

    def _serve(self, session: socket.socket) -> None:
        with suppress(OSError):
            session.sendall(self.greeting)
            for action in _actions(session):
                answer = self._login(action) if action["Action"] == "Login" else self._answer(action)
                if answer is None:
                    break
                session.sendall(answer)
        _end(session)

    def _login(self, action: Action) -> bytes:
        if action["Secret"] != SECRET:
            return error(action, "Authentication failed")
        self.logins.append(action)
        return success(action, "Message: Authentication accepted")

    def _answer(self, action: Action) -> bytes | None:
        self.heard.append(action)
        return self.answers(action)


def _actions(session: socket.socket) -> Iterator[Action]:
    lines: list[str] = []
    with session.makefile("r", encoding="utf-8", newline="\r\n") as stream:
        for raw in stream:
            if line := raw.removesuffix("\r\n"):
                lines.append(line)
                continue
            yield dict(line.split(": ", 1) for line in lines)
            lines = []


def _end(session: socket.socket) -> None:
    with suppress(OSError):
        session.shutdown(socket.SHUT_RDWR)
    session.close()


@contextmanager
def asterisk() -> Iterator[Asterisk]:
    """A softswitch for the length of the block."""
    one = Asterisk()
    try:
        yield one
    finally:
        one.close()
