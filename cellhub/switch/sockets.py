"""The sockets that Asterisk and its pooler have in their run folder."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def connected(run: Path, name: str, seconds: float) -> Iterator[socket.socket]:
    """Connect to the socket ``name``; each exchange with it may last so many seconds.

    Raises:
        OSError: nobody listens there.
    """
    folder = os.open(run, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(seconds)
            # By way of the open folder: the path of a socket may have 107 characters only.
            client.connect(f"/proc/self/fd/{folder}/{name}")
            yield client
    finally:
        os.close(folder)
