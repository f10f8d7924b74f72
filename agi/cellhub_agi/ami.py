"""pyst2's AMI client, mended.

What it does wrong, and what is done here: a default dictionary that all calls share and
write to; replies matched by their order and not by ActionID; no time-out anywhere; only
the last ``Output:`` line of a command kept; ``ChanVariable`` read by a method that
dictionaries no longer have; no way to connect again (a session that ended is closed, and
a new object takes its place); and line breaks in values, which forge headers.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from queue import Empty, Queue
from threading import Lock, Thread
from typing import Any

from asterisk.manager import Manager, ManagerAuthException, ManagerMsg, ManagerSocketException

LoginRefused = ManagerAuthException

ANSWER_SECONDS = 5.0
CONNECT_SECONDS = 3.0
LARGEST_LINE = 1 << 16
END = "\r\n"


class AmiError(Exception):
    """Asterisk refused an action; the text is its own."""


class AmiLost(ManagerSocketException):  # type: ignore[misc]  # pyst2 has no types
    """The session ended or does not answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(0, reason)
        self._reason = reason

    def __str__(self) -> str:
        """The reason alone: people read it as the softswitch's problem."""
        return self._reason


class Message(ManagerMsg):  # type: ignore[misc]  # pyst2 has no types
    """A reply or an event; ``output`` has every line that a command printed."""

    def parse(self, response: list[str]) -> None:
        """Read the headers; those that come more than once are kept whole."""
        self.output: list[str] = []
        self.variables: dict[str, str] = {}
        for line in response:
            name, _, value = line.partition(":")
            self._take(name.strip(), value.strip())

    def _take(self, name: str, value: str) -> None:
        if name == "Output":
            self.output.append(value)
        elif name == "ChanVariable":
            variable, _, content = value.partition("=")
            self.variables[variable] = content
        else:
            self.headers[name] = value

    @property
    def last_of_list(self) -> bool:
        """Whether this event ends a list."""
        return self.headers.get("EventList") in ("Complete", "Cancelled")


class Ami(Manager):  # type: ignore[misc]  # pyst2 has no types
    """One AMI session; every wait has an end, and every reply finds the action it answers."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._writing = Lock()
        self._waiting: dict[str, Queue[Message | None]] = {}
        self._connection: socket.socket | None = None
        self._reader: Thread | None = None
        self.lost_on: float | None = None

    def __del__(self) -> None:
        """Leave closing to :meth:`close`: pyst2 joins threads here."""

    def connect(self, host: str, port: int = 5038) -> None:
        """Open the session.

        Raises:
            AmiLost: nobody listens, or it is no AMI.
        """
        try:
            self._connection = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
            stream = self._connection.makefile("rb")
            greeting = stream.readline(LARGEST_LINE)
        except OSError as error:
            self._end()
            raise AmiLost(f"AMI cannot be reached: {error}.") from None
        if not greeting.startswith(b"Asterisk Call Manager"):
            self._end()
            raise AmiLost("What listens on the AMI port is not Asterisk.")
        self._connection.settimeout(None)
        self._reader = Thread(target=self._read, args=(stream,), name="ami", daemon=True)
        self._reader.start()

    @property
    def lost(self) -> bool:
        """Whether the session has ended; ``lost_on`` is when, in monotonic seconds."""
        return self.lost_on is not None

    def connected(self) -> bool:
        """Whether the session is open."""
        return self._connection is not None and not self.lost

    def close(self) -> None:
        """End the session."""
        self._end()
        if self._reader is not None:
            self._reader.join(timeout=1)

    def login(self, username: str, secret: str) -> Message:
        """Log in, for replies only: no event class is read.

        Raises:
            ManagerAuthException: Asterisk does not know the secret.
        """
        action = {"Action": "Login", "Username": username, "Secret": secret, "Events": "off"}
        try:
            return self.send_action(action)
        except AmiError as error:
            raise ManagerAuthException(str(error)) from None

    def send_action(self, cdict: Mapping[str, Any] | None = None, **kwargs: Any) -> Message:
        """Send one action and return its reply.

        Raises:
            AmiError: the reply is an error.
            AmiLost: there is no reply.
        """
        return self._ask({**(cdict or {}), **kwargs}, whole_list=False)[0]

    def ask_list(self, **action: str) -> list[Message]:
        """Send an action that answers with a list and return the list's events.

        Raises:
            AmiError: the reply is an error.
            AmiLost: there is no reply, or not the end of the list.
        """
        return self._ask(action, whole_list=True)[1:]

    def _ask(self, action: Mapping[str, Any], *, whole_list: bool) -> list[Message]:
        number = str(next(self._numbers))
        replies: Queue[Message | None] = Queue()
        self._waiting[number] = replies
        try:
            self._write({**action, "ActionID": number})
            messages = [_checked(self._next(replies))]
            while whole_list:
                message = self._next(replies)
                if message.last_of_list:
                    break
                messages.append(message)
            return messages
        finally:
            self._waiting.pop(number, None)

    def _next(self, replies: Queue[Message | None]) -> Message:
        try:
            message = None if self.lost else replies.get(timeout=ANSWER_SECONDS)
        except Empty:
            self._end()
            raise AmiLost("Asterisk does not answer over AMI.") from None
        if message is None:
            raise AmiLost("The AMI session ended.")
        return message

    def _write(self, action: Mapping[str, Any]) -> None:
        lines = [f"{name}: {value}" for name, value in action.items()]
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("A value for AMI holds a line break.")
        piece = (END.join(lines) + END + END).encode()
        with self._writing:
            if self._connection is None or self.lost:
                raise AmiLost("There is no AMI session.")
            try:
                self._connection.sendall(piece)
            except OSError as error:
                self._end()
                raise AmiLost(f"The AMI session broke: {error}.") from None

    def _read(self, stream: Any) -> None:
        lines: list[str] = []
        try:
            while raw := stream.readline(LARGEST_LINE):
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                if line:
                    lines.append(line)
                    continue
                self._deliver(Message(lines))
                lines = []
        except (OSError, ValueError):
            pass  # closed under the reader: the same as its end
        finally:
            self._end()
            for replies in list(self._waiting.values()):
                replies.put(None)

    def _deliver(self, message: Message) -> None:
        # One that answers nothing of ours is an event that nobody asked for.
        replies = self._waiting.get(message.headers.get("ActionID", ""))
        if replies is not None:
            replies.put(message)

    def _end(self) -> None:
        if self.lost_on is None:
            self.lost_on = time.monotonic()
        if self._connection is not None:
            with suppress(OSError):  # it may have ended by itself
                self._connection.shutdown(socket.SHUT_RDWR)
            self._connection.close()


def _checked(reply: Message) -> Message:
    if reply.headers.get("Response") == "Error":
        raise AmiError(reply.headers.get("Message", "Error"))
    return reply
