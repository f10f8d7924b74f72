"""How a tenant's objects are called and labelled, and what all of them begin with."""

from __future__ import annotations

from typing import Any

from cellhub_operator.objects.tenant import Origin
from cellhub_operator.specs.shapes import Shape

MANAGER = "cellhub-operator"
TENANT_LABEL = "cellhub.io/tenant"
HASH = "cellhub.io/configuration"
SWITCH, JANUS, ADMIN = "switch", "janus", "admin"
MANAGED_BY = "app.kubernetes.io/managed-by"
COMPONENT = "app.kubernetes.io/component"


def switch_name(tenant: str) -> str:
    """Name of the softswitch's StatefulSet, and of most that belongs to it."""
    return f"{tenant}-switch"


def pods_name(tenant: str) -> str:
    """Name of the headless Service, by which each pod has a name of its own."""
    return f"{tenant}-switch-pods"


def sip_name(tenant: str) -> str:
    """Name of the Service that phones reach."""
    return f"{tenant}-sip"


def janus_name(tenant: str) -> str:
    """Name of the web media gateway."""
    return f"{tenant}-janus"


def admin_name(tenant: str) -> str:
    """Name of the Secret with the first admin's log-in."""
    return f"{tenant}-admin"


def selector(tenant: str, component: str) -> dict[str, str]:
    """The labels that find a tenant's pods of one component; they never change."""
    return {
        "app.kubernetes.io/name": "cellhub",
        COMPONENT: component,
        "app.kubernetes.io/instance": tenant,
        TENANT_LABEL: tenant,
    }


def labels(tenant: str, component: str) -> dict[str, str]:
    """The labels of an object."""
    return selector(tenant, component) | {MANAGED_BY: MANAGER}


def manifest(
    api_version: str, kind: str, origin: Origin, name: str, component: str = SWITCH, **body: Any
) -> Shape:
    """An object that belongs to the tenant ``origin``."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": origin.namespace,
            "labels": labels(origin.name, component),
            "ownerReferences": [origin.reference],
        },
        **body,
    }
