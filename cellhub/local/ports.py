"""Ports that an installation needs, and who holds one that it cannot have."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import psutil

from cellhub.environment import PREFIX
from cellhub.local.settings import LocalSettings

LOOPBACK = "127.0.0.1"


class Transport(Enum):
    """How a port is spoken to."""

    TCP = socket.SOCK_STREAM
    UDP = socket.SOCK_DGRAM


@dataclass(frozen=True, slots=True)
class Need:
    """One port: the setting that names it, the setting of its address, and what for."""

    part: str
    port_setting: str
    purpose: str
    transport: Transport = Transport.TCP
    host_setting: str | None = None


NEEDS = (
    Need("postgres", "database_port", "PostgreSQL"),
    Need("portal", "portal_port", "the portal", host_setting="listen_host"),
    Need("live", "live_port", "live updates", host_setting="listen_host"),
    Need("agent", "agi_port", "the agent's FastAGI"),
    Need("asterisk", "ami_port", "Asterisk's AMI"),
    Need("asterisk", "sip_port", "SIP", host_setting="sip_host"),
    Need("asterisk", "sip_port", "SIP", Transport.UDP, "sip_host"),
)


def objections(settings: LocalSettings, parts: Iterable[str]) -> list[str]:
    """Return a sentence for each port that one of ``parts`` needs and cannot have."""
    wanted = set(parts)
    needs = [need for need in NEEDS if need.part in wanted]
    found = _named_twice(settings, needs) or [
        sentence for need in needs if (sentence := _objection(settings, need))
    ]
    if settings.rtp_first >= settings.rtp_last:
        found.append(
            f"{PREFIX}RTP_FIRST is {settings.rtp_first} and {PREFIX}RTP_LAST is {settings.rtp_last}: "
            "the last port must be greater than the first."
        )
    return found


def _named_twice(settings: LocalSettings, needs: list[Need]) -> list[str]:
    """Find ports that two settings name: the one that starts later would fail."""
    names: dict[int, set[str]] = {}
    for need in needs:
        names.setdefault(getattr(settings, need.port_setting), set()).add(need.port_setting)
    return [
        f"Port {port} is named by {' and '.join(sorted(map(_variable, settings_)))}: give each its own."
        for port, settings_ in names.items()
        if len(settings_) > 1
    ]


def _objection(settings: LocalSettings, need: Need) -> str | None:
    port = getattr(settings, need.port_setting)
    host = getattr(settings, need.host_setting) if need.host_setting else LOOPBACK
    problem = _bind_error(host, port, need.transport)
    if problem is None:
        return None
    return _sentence(problem, host, port, need)


def _bind_error(host: str, port: int, transport: Transport) -> int | None:
    """Return the errno of taking the port for a moment, or ``None``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, transport.value) as probe:
        if transport is Transport.TCP:
            # As servers do: a connection in TIME_WAIT is no obstacle, a listener is.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror:
            return errno.EADDRNOTAVAIL
        except OSError as error:
            return error.errno
    return None


def _sentence(problem: int, host: str, port: int, need: Need) -> str:
    where = f"Port {port} ({need.transport.name}, for {need.purpose})"
    setting = _variable(need.port_setting)
    if problem == errno.EADDRINUSE:
        return (
            f"{where} is taken by {holder(port, need.transport)}. End that, or choose another by {setting}."
        )
    if problem == errno.EACCES:
        return f"{where} may only be opened by root. Choose one above 1023 by {setting}."
    if problem == errno.EADDRNOTAVAIL and need.host_setting:
        return f"{_variable(need.host_setting)}: {host} is no address of this machine."
    return f"{where} cannot be opened: {errno.errorcode.get(problem, problem)}. Choose another by {setting}."


def holder(port: int, transport: Transport) -> str:
    """Name the program that holds ``port``, as far as we may know."""
    kind = "tcp" if transport is Transport.TCP else "udp"
    links = [link for link in psutil.net_connections(kind) if link.pid and link.laddr]
    held = [link for link in links if link.laddr.port == port]
    # A listener before somebody's outgoing connection that was given this very port.
    held.sort(key=lambda link: link.status != psutil.CONN_LISTEN)
    return f"{_program(held[0].pid)} (pid {held[0].pid})" if held else "another program"


def _program(pid: int) -> str:
    try:
        return str(psutil.Process(pid).name())
    except psutil.Error:
        return "a program"


def _variable(setting: str) -> str:
    return f"{PREFIX}{setting.upper()}"
