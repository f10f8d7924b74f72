"""pyst2's AGI over a socket, mended.

What it does wrong, and what is done here: it installs a signal handler, which threads
may not; it reads its environment without a limit of time or size; it writes text to
sockets; it quotes nothing inside its quotes; it reads for ever when the connection ends
after a 520; and it waits for a reply to each command, though Asterisk runs many in one
exchange when they arrive in one piece and the write side is closed behind them.
"""

from __future__ import annotations

import re
import socket
import time
from typing import Any

from asterisk.agi import AGI, AGIError

from cellhub_agi import variables

LARGEST_ENVIRONMENT = 64 * 1024
REPLY_SECONDS = 1.0
"""For how long replies are waited for at least, however late the commands were sent."""

_KEY = re.compile(r"agi_[a-z0-9_]+")
_REPLY = re.compile(rb"(\d{3})[ -]")


class ProtocolError(AGIError):  # type: ignore[misc]  # pyst2 has no types
    """The other side does not speak AGI, or not in time."""


class TooLate(ProtocolError):
    """The other side has said nothing in time."""


class NoReplies(ProtocolError):
    """The commands were sent and nobody said whether they were run: they may have been, or will be."""


class Nobody(ProtocolError):
    """The connection was opened and closed without a word, as who looks at the port does."""


class FastAgi(AGI):  # type: ignore[misc]  # pyst2 has no types
    """One AGI session: its environment, and commands that travel together.

    ``seconds`` bounds all reading and writing of the session.
    """

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._deadline = time.monotonic() + seconds
        self._commands: list[str] = []
        self._unread = b""
        self.env: dict[str, str] = {}
        self._got_sighup = False
        self._get_agi_env()

    def _get_agi_env(self) -> None:
        text = self._read_environment().decode("utf-8", "replace")
        for line in text.split("\n"):
            key, colon, value = line.partition(":")
            key = key.strip()
            if not colon or not _KEY.fullmatch(key):
                raise ProtocolError(f"A line of the environment has no key: {line[:60]!r}.")
            if key in self.env:
                # A line break inside a value would forge any key; Asterisk sends none twice.
                raise ProtocolError(f"The environment has {key} twice.")
            self.env[key] = value.strip()
        if variables.THREAD not in self.env:
            # Asterisk's last line before the arguments: without it something was cut out.
            raise ProtocolError(f"The environment has no {variables.THREAD}.")

    def _read_environment(self) -> bytes:
        while b"\n\n" not in self._unread:
            if len(self._unread) > LARGEST_ENVIRONMENT:
                raise ProtocolError(f"The environment is larger than {LARGEST_ENVIRONMENT} bytes.")
            chunk = self._receive()
            if not chunk:
                if not self._unread:
                    raise Nobody
                raise ProtocolError("The connection ended within the environment.")
            self._unread += chunk
        environment, _, self._unread = self._unread.partition(b"\n\n")
        return environment

    def _receive(self) -> bytes:
        self._connection.settimeout(self._left())
        try:
            return self._connection.recv(16 * 1024)
        except TimeoutError:
            raise TooLate("The other side took too long.") from None
        except OSError as error:
            raise ProtocolError(f"The connection broke: {error.strerror}.") from None

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TooLate("The other side took too long.")
        return left

    @property
    def arguments(self) -> list[str]:
        """The arguments of the AGI request, in order."""
        found: list[str] = []
        while (name := variables.ARGUMENT.format(len(found) + 1)) in self.env:
            found.append(self.env[name])
        return found

    def _quote(self, string: object) -> str:
        """Quote so that the text stays one argument of one line."""
        text = str(string)
        if any(character in text for character in "\r\n\0"):
            raise ValueError("An AGI argument holds a line break.")
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    def execute(self, command: str, *args: object) -> dict[str, tuple[str, str]]:
        """Queue a command for :meth:`send`; its reply is not known yet."""
        self._commands.append(" ".join([command.strip(), *map(str, args)]))
        return {"result": ("", "")}

    def send(self) -> list[int]:
        """Send the queued commands in one piece and return the status of each reply.

        The replies are read to the end, since Asterisk runs the commands as we read.

        Raises:
            NoReplies: whether the commands were run is unknown.
            ProtocolError: they were not sent, or the other side has gone.
        """
        piece = "".join(f"{command}\n" for command in self._commands).encode()
        self._commands = []
        self._connection.settimeout(self._left())
        try:
            self._connection.sendall(piece)
            self._connection.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise ProtocolError(f"The answer could not be sent: {error}.") from None
        self._deadline = max(self._deadline, time.monotonic() + REPLY_SECONDS)
        try:
            return self._replies()
        except TooLate as error:
            raise NoReplies(str(error)) from None

    def _replies(self) -> list[int]:
        while chunk := self._receive():
            self._unread += chunk
            if len(self._unread) > LARGEST_ENVIRONMENT:
                raise ProtocolError("The replies never end.")
        return [int(found[1]) for line in self._unread.splitlines() if (found := _REPLY.match(line))]

    def get_result(self, stdin: Any = None) -> dict[str, tuple[str, str]]:
        """There is no reply before :meth:`send`, and it reads them all."""
        raise NotImplementedError("Use send(), which reads the replies of all commands.")
