"""Asking the API server how it and the others are."""

from __future__ import annotations

import json
import socket
import ssl
import urllib.error
import urllib.request

from tests.cluster.kubernetes.certificates import NODE
from tests.cluster.kubernetes.plan import Plan

ANSWER_SECONDS = 5.0
DNS_PORT = 53


def is_ready(plan: Plan) -> bool:
    """Say whether the API server serves, all its start hooks done."""
    return answer(plan, "/readyz") == "ok"


def exists(plan: Plan, path: str) -> bool:
    """Say whether there is an object at ``path``."""
    return answer(plan, path) is not None


def names_are_served(plan: Plan) -> bool:
    """Say whether pods can ask for names."""
    try:
        socket.create_connection((str(plan.block.node), DNS_PORT), ANSWER_SECONDS).close()
    except OSError:
        return False
    return True


def node_is_ready(plan: Plan) -> bool:
    """Say whether the node takes pods."""
    found = json.loads(answer(plan, f"/api/v1/nodes/{NODE}") or "{}")
    conditions = found.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def answer(plan: Plan, path: str) -> str | None:
    """Return what the API server answers an admin; None where it does not, or says no."""
    context = ssl.create_default_context(cafile=plan.certificate("ca"))
    context.load_cert_chain(plan.certificate("admin"), plan.key("admin"))
    try:
        with urllib.request.urlopen(plan.api + path, timeout=ANSWER_SECONDS, context=context) as reply:
            text: str = reply.read().decode()
    except (urllib.error.URLError, OSError):
        return None
    return text
