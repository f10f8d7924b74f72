"""How a tenant's pods are reached."""

from __future__ import annotations

from cellhub_operator.objects import ports
from cellhub_operator.objects.names import (
    JANUS,
    SWITCH,
    janus_name,
    manifest,
    pods_name,
    selector,
    sip_name,
)
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.specs.shapes import Shape

SIP_PORTS = [
    {"name": "sip-udp", "port": ports.SIP, "protocol": "UDP", "targetPort": ports.SIP},
    {"name": "sip-tcp", "port": ports.SIP, "protocol": "TCP", "targetPort": ports.SIP},
]
TYPES = {
    "ClusterIP": "ClusterIP",
    "NodePort": "NodePort",
    "LoadBalancer": "LoadBalancer",
    "Edge": "ClusterIP",
}


def pods_service(tenant: TenantSpec) -> Shape:
    """Build the headless Service; it names pods before they are ready, so that they find each other."""
    spec = {
        "clusterIP": "None",
        "publishNotReadyAddresses": True,
        "selector": selector(tenant.name, SWITCH),
        "ports": [dict(port) for port in SIP_PORTS],
    }
    return manifest("v1", "Service", tenant.origin, pods_name(tenant.name), spec=spec)


def sip_service(tenant: TenantSpec) -> Shape:
    """Build the Service that phones register to; a phone keeps the pod that it has."""
    kind = TYPES[tenant.exposure]
    spec = {
        "type": kind,
        "sessionAffinity": "ClientIP",
        "selector": selector(tenant.name, SWITCH),
        "ports": [dict(port) for port in SIP_PORTS],
    }
    # The phone's own address, which the brake on scans and the SIP user's host are about.
    outside = {} if kind == "ClusterIP" else {"externalTrafficPolicy": "Local"}
    return manifest("v1", "Service", tenant.origin, sip_name(tenant.name), spec=spec | outside)


def janus_service(tenant: TenantSpec) -> Shape:
    """Build the Service of the web media gateway, which only our own proxy may reach."""
    spec = {
        "type": "ClusterIP",
        "selector": selector(tenant.name, JANUS),
        "ports": [{"name": "janus", "port": ports.JANUS, "protocol": "TCP", "targetPort": ports.JANUS}],
    }
    return manifest("v1", "Service", tenant.origin, janus_name(tenant.name), JANUS, spec=spec)
