"""Who reaches which port, tried from within the pods."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.cluster.voice import Exchange, Manifest

PYTHON = "/opt/cellhub/bin/python"
# By UDP only an answer proves anything: the kernel may keep silent about a packet that was refused.
KNOCK = r"""
import json, socket, sys, uuid

def options(address):
    one = uuid.uuid4().hex
    return "\r\n".join([
        f"OPTIONS sip:{address} SIP/2.0", f"Via: SIP/2.0/UDP 0.0.0.0:5060;rport;branch=z9hG4bK{one}",
        f"From: <sip:knock@knock>;tag={one}", f"To: <sip:knock@{address}>", f"Call-ID: {one}",
        "CSeq: 1 OPTIONS", "Max-Forwards: 70", "Content-Length: 0", "", ""]).encode()

def answers(address, port, protocol):
    kind = socket.SOCK_STREAM if protocol == "TCP" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as one:
        one.settimeout(1.0)
        try:
            one.connect((address, port))
            if protocol == "UDP":
                one.send(options(address))
                one.recv(1)
        except OSError:
            return False
        return True

print(json.dumps([name for name, *door in json.loads(sys.argv[1]) if answers(*door)]))
"""
REST = "import signal; signal.signal(signal.SIGTERM, lambda *_: exit()); signal.pause()"
NOBODY = 15062
LET_IN = "tests-read-the-books"


@dataclass(frozen=True, slots=True)
class Door:
    """A port that a pod listens at."""

    name: str
    address: str
    port: int
    protocol: str = "TCP"


def reached(exchange: Exchange, pod: str, container: str, doors: list[Door]) -> set[str]:
    """Try doors from a container, and return the names of those that let it in."""
    asked = json.dumps([[door.name, door.address, door.port, door.protocol] for door in doors])
    said = exchange.kubectl("exec", pod, f"--container={container}", "--", PYTHON, "-c", KNOCK, asked)
    return set(json.loads(said))


def stranger(like: Manifest) -> Manifest:
    """A pod of the image of another, that says of itself neither what it is nor whose."""
    (first, *_) = like["spec"]["containers"]
    container: dict[str, Any] = {
        "name": "stranger",
        "image": first["image"],
        "imagePullPolicy": first["imagePullPolicy"],
        "command": [PYTHON, "-c", REST],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    security = {"runAsNonRoot": True, "runAsUser": NOBODY, "seccompProfile": {"type": "RuntimeDefault"}}
    spec = {"containers": [container], "securityContext": security, "automountServiceAccountToken": False}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "stranger"}, "spec": spec}


def let_in(machine: str) -> Manifest:
    """A policy by which the tests, which are no pod, read the books."""
    selector = {"matchLabels": {"app.kubernetes.io/component": "postgres"}}
    spec = {
        "podSelector": selector,
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"ipBlock": {"cidr": f"{machine}/32"}}]}],
    }
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": LET_IN},
        "spec": spec,
    }
