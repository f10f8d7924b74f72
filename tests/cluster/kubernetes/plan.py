"""Where everything of one cluster is: the paths below its folder, and its addresses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from tests.cluster.kubernetes.network import Block

API_PORT = 6443


@dataclass(frozen=True, slots=True)
class Plan:
    """One cluster: its folder, its block of addresses, the binary of its parts."""

    home: Path
    block: Block
    binary: Path

    @property
    def name(self) -> str:
        """What its cgroup and its cable are called."""
        return self.block.link

    @property
    def api(self) -> str:
        """Where the API server is, seen from the cluster and from this machine."""
        return f"https://{self.block.node}:{API_PORT}"

    @property
    def certificates(self) -> Path:
        """Certificates and keys."""
        return self.home / "certificates"

    @property
    def logs(self) -> Path:
        """One file of each part."""
        return self.home / "log"

    @property
    def settings(self) -> Path:
        """The parts' configuration files."""
        return self.home / "settings"

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of an admin."""
        return self.settings / "admin.kubeconfig"

    @property
    def operators_kubeconfig(self) -> Path:
        """The kubeconfig of an operator that runs outside, who is somebody else than the admin."""
        return self.settings / "operator.kubeconfig"

    @property
    def audit_log(self) -> Path:
        """Every change that the API server was asked for, one a line."""
        return self.logs / "audit.log"

    @property
    def manager_socket(self) -> Path:
        """Where the process manager listens."""
        return self.home / "manager.sock"

    @property
    def volumes(self) -> Path:
        """What pods keep."""
        return self.home / "volumes"

    def certificate(self, name: str) -> str:
        """The path of a certificate."""
        return str(self.certificates / f"{name}.crt")

    def key(self, name: str) -> str:
        """The path of a key."""
        return str(self.certificates / f"{name}.key")

    def save(self) -> None:
        """Write it down in its folder, for :func:`load`."""
        text = json.dumps({"network": str(self.block.network), "binary": str(self.binary)})
        _file(self.home).write_text(text)


def load(home: Path) -> Plan | None:
    """Return the plan of the cluster whose folder ``home`` is, if there is one."""
    if not _file(home).exists():
        return None
    saved = json.loads(_file(home).read_text())
    return Plan(home, Block(IPv4Network(saved["network"])), Path(saved["binary"]))


def _file(home: Path) -> Path:
    return home / "cluster.json"
