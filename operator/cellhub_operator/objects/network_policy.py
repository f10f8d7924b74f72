"""Who may talk with a tenant's pods: phones and carriers, its own Janus, the database."""

from __future__ import annotations

from cellhub_operator.objects import ports
from cellhub_operator.objects.names import TENANT_LABEL, manifest, switch_name
from cellhub_operator.objects.release import Release
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.specs.shapes import Shape

EVERYWHERE = "0.0.0.0/0"
COMPONENT = "app.kubernetes.io/component"
EDGE, LIVE = "edge", "live"


def network_policy(tenant: TenantSpec, release: Release) -> Shape:
    """Build the NetworkPolicy of all of the tenant's pods; what it does not name is refused."""
    own = {"podSelector": {"matchLabels": {TENANT_LABEL: tenant.name}}}
    outside = {"ipBlock": {"cidr": EVERYWHERE, "except": list(release.pod_networks)}}
    if not release.pod_networks:
        del outside["ipBlock"]["except"]
    spec = {
        "podSelector": {"matchLabels": {TENANT_LABEL: tenant.name}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {"from": [outside, own, _component(EDGE)], "ports": _sip_and_voice(tenant)},
            {"from": [_component(LIVE)], "ports": [_port("TCP", ports.JANUS)]},
            # Whoever gathers metrics, in whichever namespace; they name no secret.
            {"from": [{"namespaceSelector": {}}], "ports": [_port("TCP", ports.METRICS)]},
        ],
        "egress": [
            {"ports": [_port("UDP", ports.DNS), _port("TCP", ports.DNS)]},
            {"ports": [_port("TCP", release.database_port)]},
            {"to": [outside, own, _component(EDGE)]},
        ],
    }
    name = switch_name(tenant.name)
    return manifest("networking.k8s.io/v1", "NetworkPolicy", tenant.origin, name, spec=spec)


def _sip_and_voice(tenant: TenantSpec) -> list[Shape]:
    voice = _port("UDP", tenant.rtp_first) | {"endPort": tenant.rtp_last}
    return [_port("UDP", ports.SIP), _port("TCP", ports.SIP), voice]


def _port(protocol: str, number: int) -> Shape:
    return {"protocol": protocol, "port": number}


def _component(name: str) -> Shape:
    return {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "cellhub", COMPONENT: name}}}
