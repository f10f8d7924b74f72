"""Asterisk's side of AGI: it sends its environment, runs what it is told, and keeps the variables."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

HOST = "127.0.0.1"
SECONDS = 5.0
CHUNK = 1 << 16
RAN = b"200 result=1\n"
_SET = re.compile(r'SET VARIABLE "(?P<name>\w+)" "(?P<value>.*)"')

ENVIRONMENT = {
    "agi_network": "yes",
    "agi_network_script": "check",
    "agi_request": "agi://127.0.0.1/check",
    "agi_channel": "PJSIP/north-101-00000001",
    "agi_language": "en",
    "agi_type": "PJSIP",
    "agi_uniqueid": "pod-1-1795384886.0",
    "agi_callerid": "902125550100",
    "agi_calleridname": "Pera",
    "agi_context": "billing",
    "agi_extension": "905551234567",
    "agi_enhanced": "0.0",
    "agi_accountcode": "",
    "agi_threadid": "140245678901234",
}


def environment(*arguments: str, **others: str) -> bytes:
    """Write the environment of a request; ``others`` replace or add lines, each without its ``agi_``."""
    lines = ENVIRONMENT | {f"agi_{name}": value for name, value in others.items()}
    numbered = {f"agi_arg_{place}": value for place, value in enumerate(arguments, start=1)}
    return _written(lines | numbered)


def _written(lines: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\n" for name, value in lines.items()).encode() + b"\n"


@dataclass(slots=True)
class Heard:
    """What a channel has from the agent: the commands as they came, and the variables they set."""

    commands: list[str]
    variables: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        found = (_SET.fullmatch(command) for command in self.commands)
        self.variables = {one["name"]: one["value"] for one in found if one}


def ask(port: int, *arguments: str, entry: str = "check", **others: str) -> Heard:
    """Place one AGI request as the dialplan does, and return what the agent said until it closed."""
    return send(port, environment(*arguments, network_script=entry, **others))


def send(port: int, piece: bytes, replies: Iterable[bytes] | None = None) -> Heard:
    """Send any bytes, answer each command (by ``replies``, if given), and return what was heard."""
    with socket.create_connection((HOST, port), timeout=SECONDS) as agent:
        try:
            agent.sendall(piece)
            commands = _until_closed(agent).decode().splitlines()
            for reply in replies if replies is not None else [RAN] * len(commands):
                agent.sendall(reply)
        except ConnectionError:
            commands = []  # refused in the middle of it
    return Heard(commands)


def _until_closed(agent: socket.socket) -> bytes:
    return b"".join(iter(lambda: agent.recv(CHUNK), b""))


@contextmanager
def pouring(end: socket.socket, pieces: Iterable[bytes], pause: float = 0.0) -> Iterator[None]:
    """Send pieces while the block runs, a pause after each, until all are sent or nobody takes them."""

    def pour() -> None:
        with suppress(OSError):
            for piece in pieces:
                end.sendall(piece)
                time.sleep(pause)

    thread = Thread(target=pour, daemon=True)
    thread.start()
    yield
    thread.join(SECONDS)
    assert not thread.is_alive(), "it is still being listened to"
