"""Ask Asterisk's console, through the socket in its run folder.

Only root and Asterisk's own account may open that socket. It is for what AMI cannot tell, or not
without a wider right: whether Asterisk has booted.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

CONSOLE = "asterisk.ctl"
_CHUNK = 4096


class NoConsole(Exception):
    """Asterisk's console cannot be reached, or did not answer in time."""


def ask(run: Path, command: str, seconds: float = 5.0) -> str:
    """Run one console command and return what it printed.

    Raises:
        NoConsole: nobody listens, or the answer did not end in time.
    """
    folder = _open(run)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as console:
            console.settimeout(seconds)
            # By way of the open folder: the path of a socket may have 107 characters only.
            console.connect(f"/proc/self/fd/{folder}/{CONSOLE}")
            return _exchange(console, command)
    except OSError as error:
        raise NoConsole(f"{run / CONSOLE}: {error}") from error
    finally:
        os.close(folder)


def _open(run: Path) -> int:
    try:
        return os.open(run, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise NoConsole(f"{run}: {error.strerror}") from error


def _exchange(console: socket.socket, command: str) -> str:
    """Send as ``asterisk -rx`` does; the first words received are Asterisk's greeting."""
    greeting = console.recv(_CHUNK)
    if not greeting:
        raise ConnectionError("the console closed at once")
    console.sendall(f"cli quit after {command}".encode() + b"\0")
    answer = b"".join(iter(lambda: console.recv(_CHUNK), b""))
    return answer.decode(errors="replace")
