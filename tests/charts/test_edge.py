"""The SIP edge: Kamailio itself reads the rendered configuration, and does what it says."""

import os
import re
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.charts.matrix import MATRIX
from tests.fixtures.chart import render
from tests.fixtures.installation import free_ports
from tests.fixtures.tiers import kamailio

pytestmark = pytest.mark.edge

HOST = "127.0.0.1"
ON_NODES = MATRIX["an edge on the nodes"]
SECONDS = 10.0


def rendered(values=ON_NODES) -> dict[str, str]:
    return render(values).one("ConfigMap", "cellhub-edge")["data"]


def command(folder: Path, *words: str) -> list[str]:
    (modules,) = kamailio().glob("usr/lib/*/kamailio/modules")
    program = kamailio() / "usr/sbin/kamailio"
    return [str(program), "-E", "-L", str(modules), "-f", str(folder / "kamailio.cfg"), *words]


def environment() -> dict[str, str]:
    (libraries,) = kamailio().glob("usr/lib/*/kamailio")
    return os.environ | {"LD_LIBRARY_PATH": str(libraries)}


def write(folder: Path, data: dict[str, str]) -> None:
    for name, text in data.items():
        (folder / name).write_text(text.replace("/etc/kamailio/", f"{folder}/"))


@pytest.mark.parametrize("name", ["an edge on the nodes", "an edge among the pods"])
def test_kamailio_finds_no_mistake_in_the_configuration(name, tmp_path):
    write(tmp_path, rendered(MATRIX[name]))
    done = subprocess.run(
        command(tmp_path, "-c"), env=environment(), capture_output=True, text=True, check=False
    )
    assert "config file ok" in done.stdout + done.stderr
    assert "ERROR" not in done.stderr


def test_each_pod_of_a_tenant_is_a_line_of_its_set():
    assert rendered()["dispatcher.list"].splitlines() == [
        "1 sip:acme-switch-0.acme-switch-pods.voice.svc.cluster.local:5060",
        "1 sip:acme-switch-1.acme-switch-pods.voice.svc.cluster.local:5060",
        "2 sip:globex-switch-0.globex-switch-pods.other.svc.cluster.local:5060",
    ]


def test_nothing_is_left_to_fill_in():
    assert re.findall(r"@[A-Z]+@", rendered()["kamailio.cfg"]) == []


class Peer:
    """A SIP speaker over UDP that says what it is told to."""

    def __init__(self, port: int = 0) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HOST, port))
        self.socket.settimeout(SECONDS)
        self.port = self.socket.getsockname()[1]

    def request(self, method: str, domain: str, edge: int) -> None:
        lines = (
            f"{method} sip:905551234567@{domain} SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST}:{self.port};branch=z9hG4bK-{time.monotonic_ns()}",
            "Max-Forwards: 70",
            "From: <sip:acme-1@sip.acme.example>;tag=a",
            f"To: <sip:905551234567@{domain}>",
            f"Call-ID: {time.monotonic_ns()}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:acme-1@{HOST}:{self.port}>",
            "Content-Length: 0",
        )
        self.socket.sendto("\r\n".join((*lines, "", "")).encode(), (HOST, edge))

    def hear(self, wanted: str) -> str:
        """Return the first message that begins as wanted; others are answered to or left."""
        while True:
            message, sender = self.socket.recvfrom(65_535)
            text = message.decode()
            if text.startswith(wanted):
                return text
            if text.startswith("OPTIONS"):
                self.answer(text, sender)

    def answer(self, request: str, sender: tuple[str, int]) -> None:
        kept = [
            line
            for line in request.split("\r\n")
            if line.startswith(("Via", "From", "To", "Call-ID", "CSeq"))
        ]
        self.socket.sendto(
            "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]).encode(), sender
        )


@contextmanager
def running(folder: Path, switch: Peer):
    """The edge before one softswitch of one tenant; yields its port."""
    (port,) = free_ports(1)
    data = rendered()
    text = re.sub(r"(listen=\w+:)0\.0\.0\.0:5060.*", rf"\g<1>{HOST}:{port}", data["kamailio.cfg"])
    write(folder, {"kamailio.cfg": text, "dispatcher.list": f"1 sip:{HOST}:{switch.port}\n"})
    words = ("-DD", "-Y", str(folder), "-P", str(folder / "pid"))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command(folder, *words), env=environment(), stdout=log, stderr=log)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(SECONDS)


@pytest.fixture
def edge(tmp_path):
    """The edge with a phone and a softswitch, all on loopback."""
    with ExitStack() as stack:
        switch, phone = Peer(), Peer()
        stack.callback(switch.socket.close)
        stack.callback(phone.socket.close)
        port = stack.enter_context(running(tmp_path, switch))
        switch.answer(*_ping(switch))  # it is up, and looks after its softswitches
        yield port, phone, switch


def _ping(switch: Peer) -> tuple[str, tuple[str, int]]:
    message, sender = switch.socket.recvfrom(65_535)
    return message.decode(), sender


def test_a_call_to_a_tenants_domain_reaches_its_softswitch(edge):
    port, phone, switch = edge
    phone.request("INVITE", "sip.acme.example", port)
    heard = switch.hear("INVITE")
    assert heard.startswith("INVITE sip:905551234567@sip.acme.example SIP/2.0")
    assert f"Record-Route: <sip:{HOST}:{port}" in heard


def test_a_phone_that_registers_is_reached_through_the_edge(edge):
    port, phone, switch = edge
    phone.request("REGISTER", "sip.acme.example", port)
    assert re.search(rf"Path: <sip:{HOST}:{port};lr;received=sip:", switch.hear("REGISTER"))


def test_a_call_to_nobodys_domain_goes_nowhere(edge):
    port, phone, _ = edge
    phone.request("INVITE", "sip.stranger.example", port)
    assert phone.hear("SIP/2.0 404").startswith("SIP/2.0 404 Unknown Domain")
