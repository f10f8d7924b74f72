"""What no container of ours may do."""

from __future__ import annotations

from cellhub_operator.specs.shapes import Shape

ASTERISK_USER = 15060
AGENT_USER = 15061


def container_security(user: int) -> Shape:
    """No root, no rights, no writing beside its volumes."""
    return {
        "runAsUser": user,
        "runAsGroup": user,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def pod_security(group: int) -> Shape:
    """``group`` owns the pod's volumes, by which its containers share files."""
    return {
        "runAsNonRoot": True,
        "fsGroup": group,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def equal_resources(cpu: str, memory: str) -> Shape:
    """Requests and limits alike, so that no pod takes another one's voice."""
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": cpu, "memory": memory}}
