"""``cellhub-billing check|hangup``: the manual's AGI script, passed on to the agent.

For dialplans that call a script instead of ``agi://``. It costs a process a call, so
the rendered dialplan never uses it.
"""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Sequence
from typing import BinaryIO

from cellhub_agi import variables

ENTRIES = ("check", "hangup")
HOST = "127.0.0.1"
DEFAULT_PORT = 4573
SECONDS = 3.0
WRONG_INPUT = 2
UNREACHABLE = 1
_ARGUMENT = re.compile(rb"^agi_arg_(\d+):")
OURS = tuple(f"{name}:".encode() for name in (variables.SCRIPT, variables.ARGUMENT.format(1)))
"""What the agent is told otherwise: the entry."""


class NotAsterisk(Exception):
    """Whoever started the script sends no AGI environment."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Pass one AGI session on and return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] not in ENTRIES:
        print("usage: cellhub-billing check|hangup CALL_ID [ARGUMENT ...], as an AGI script", file=sys.stderr)
        return WRONG_INPUT
    try:
        port = int(os.environ.get("CELLHUB_AGI_PORT", DEFAULT_PORT))
    except ValueError:
        print(
            "cellhub-billing: CELLHUB_AGI_PORT: write the port of the agent, such as 4573.", file=sys.stderr
        )
        return WRONG_INPUT
    try:
        forward(words[0], port, sys.stdin.buffer, sys.stdout.buffer)
    except NotAsterisk:
        print(
            "cellhub-billing: nothing came on standard input: Asterisk runs this script, by AGI().",
            file=sys.stderr,
        )
        return WRONG_INPUT
    except OSError as error:
        print(f"cellhub-billing: no agent on port {port}: {error}.", file=sys.stderr)
        return UNREACHABLE
    return 0


def forward(entry: str, port: int, asterisk_in: BinaryIO, asterisk_out: BinaryIO) -> None:
    """Send the environment, then each command of the agent with Asterisk's reply to it."""
    environment = _environment(asterisk_in)
    with socket.create_connection((HOST, port), timeout=SECONDS) as agent:
        agent.sendall(f"{variables.SCRIPT}: {entry}\n".encode() + environment)
        commands = agent.makefile("rb")
        while command := commands.readline():
            asterisk_out.write(command)
            asterisk_out.flush()
            agent.sendall(asterisk_in.readline())


def _environment(stream: BinaryIO) -> bytes:
    """Read to the empty line; the script's own name gives way to the entry's.

    Raises:
        NotAsterisk: there was none.
    """
    lines: list[bytes] = []
    while (line := stream.readline()).strip():
        if not line.startswith(OURS):
            lines.append(_ARGUMENT.sub(_one_before, line))
    if not lines:
        raise NotAsterisk
    return b"".join([*lines, b"\n"])


def _one_before(argument: re.Match[bytes]) -> bytes:
    """Number an argument as FastAGI does: the script's first is the entry, which is no argument there."""
    return variables.ARGUMENT.format(int(argument[1]) - 1).encode() + b":"


if __name__ == "__main__":
    sys.exit(main())
