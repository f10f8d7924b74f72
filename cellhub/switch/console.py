"""Ask Asterisk's console, through the socket in its run folder.

Only root and Asterisk's own account may open that socket. It is for what AMI cannot tell, or not
without a wider right: whether Asterisk has booted.
"""

from __future__ import annotations

import socket
from pathlib import Path

from cellhub.switch.sockets import connected

CONSOLE = "asterisk.ctl"
_CHUNK = 4096


class NoConsole(Exception):
    """Asterisk's console cannot be reached, or did not answer in time."""


def ask(run: Path, command: str, seconds: float = 5.0) -> str:
    """Run one console command and return what it printed.

    Raises:
        NoConsole: nobody listens, or the answer did not end in time.
    """
    try:
        with connected(run, CONSOLE, seconds) as console:
            return _exchange(console, command)
    except OSError as error:
        raise NoConsole(f"{run / CONSOLE}: {error}") from error


def _exchange(console: socket.socket, command: str) -> str:
    """Send as ``asterisk -rx`` does; the first words received are Asterisk's greeting."""
    greeting = console.recv(_CHUNK)
    if not greeting:
        raise ConnectionError("the console closed at once")
    console.sendall(f"cli quit after {command}".encode() + b"\0")
    answer = b"".join(iter(lambda: console.recv(_CHUNK), b""))
    return answer.decode(errors="replace")
