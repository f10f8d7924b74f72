"""The values with which the chart is looked at: what people run, and each option by itself."""

from __future__ import annotations

from tests.fixtures.chart import Values

DIGEST = "sha256:" + "a" * 64

TENANTS = [
    {"domain": "sip.acme.example", "name": "acme", "pods": 2},
    {"domain": "sip.globex.example", "name": "globex", "namespace": "other", "pods": 1},
]
EDGE: Values = {
    "enabled": True,
    "tenants": TENANTS,
    "kamailio": {"image": "registry.example/kamailio:5.8.4"},
    "rtpengine": {"image": f"registry.example/rtpengine@{DIGEST}"},
}

MATRIX: dict[str, Values] = {
    "to try it out": {},
    "production": {
        "image": {"repository": "registry.example/cellhub", "digest": DIGEST},
        "imagePullSecrets": [{"name": "registry"}],
        "database": {"kind": "cloudnativepg", "cloudnativepg": {"storageClass": "fast"}},
        "broker": {"existingSecret": "rabbitmq"},
        "encryption": {"existingSecret": "key"},
        "recordings": {"enabled": True},
        "portal": {
            "autoscaling": {"enabled": True},
            "ingress": {"enabled": True, "host": "portal.example.com", "tlsSecret": "portal-tls"},
            "trustedProxy": "*",
            "manageResources": True,
        },
        "worker": {"autoscaling": {"enabled": True}},
        "operator": {"namespaces": ["tenants-a", "tenants-b"]},
        "networkPolicy": {
            "portalFrom": [
                {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}
            ],
            "metricsFrom": [
                {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
            ],
        },
        "monitoring": {
            "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
            "dashboards": {"enabled": True},
            "alerts": {"enabled": True},
        },
    },
    "database elsewhere": {"database": {"kind": "external", "existingSecret": "urls"}},
    "without policies": {"networkPolicy": {"enabled": False}, "crds": {"install": False}},
    "recordings on a claim": {"recordings": {"enabled": True, "existingClaim": "nfs"}},
    "nodes chosen": {
        "portal": {"nodeSelector": {"disk": "ssd"}, "tolerations": [{"key": "voice", "operator": "Exists"}]},
        "live": {"replicas": 3},
    },
    "a test call": {
        "helmTest": {"call": {"enabled": True, "tenant": "acme", "sipUser": "acme-1", "secretName": "phone"}},
    },
    "an edge among the pods": {"edge": {**EDGE, "hostNetwork": False}},
    "an edge on the nodes": {"edge": {**EDGE, "replicas": 2, "advertisedAddress": "192.0.2.7"}},
    "renamed": {"fullnameOverride": "voip"},
}
