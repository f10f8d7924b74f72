"""How each part reaches the API server, and as whom."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.kubernetes.plan import Plan

CLIENTS = ("admin", "operator", "controller-manager", "scheduler", "proxy", "kubelet")


def write_all(plan: Plan) -> None:
    """Write the kubeconfig of every client."""
    for name in CLIENTS:
        target = path(plan, name)
        target.touch(mode=0o600)
        target.write_text(yaml.safe_dump(_kubeconfig(plan, name)))


def path(plan: Plan, name: str) -> Path:
    """Return where a client's kubeconfig is."""
    return plan.settings / f"{name}.kubeconfig"


def _kubeconfig(plan: Plan, name: str) -> dict[str, Any]:
    authority = _encoded(plan.certificate("ca"))
    user = {
        "client-certificate-data": _encoded(plan.certificate(name)),
        "client-key-data": _encoded(plan.key(name)),
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": plan.name, "cluster": {"server": plan.api, "certificate-authority-data": authority}}
        ],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": plan.name, "context": {"cluster": plan.name, "user": name}}],
        "current-context": plan.name,
    }


def _encoded(file: str) -> str:
    return base64.b64encode(Path(file).read_bytes()).decode()
