"""The web media gateway, for tenants whose phones are browsers."""

from __future__ import annotations

from cellhub_operator.objects import ports
from cellhub_operator.objects.names import JANUS, janus_name, labels, manifest, selector, switch_name
from cellhub_operator.objects.release import Release
from cellhub_operator.objects.security import container_security, equal_resources, pod_security
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.specs.shapes import Shape

JANUS_USER = 15062
CPU, MEMORY = "500m", "256Mi"


def janus_deployment(tenant: TenantSpec, release: Release) -> Shape:
    """Build the Deployment."""
    pod: Shape = {
        "serviceAccountName": switch_name(tenant.name),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pod_security(JANUS_USER),
        "containers": [_container(release)],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}],
    }
    if release.image_pull_secret:
        pod["imagePullSecrets"] = [{"name": release.image_pull_secret}]
    spec = {
        "replicas": tenant.janus_replicas,
        "selector": {"matchLabels": selector(tenant.name, JANUS)},
        "template": {"metadata": {"labels": labels(tenant.name, JANUS)}, "spec": pod},
    }
    return manifest("apps/v1", "Deployment", tenant.origin, janus_name(tenant.name), JANUS, spec=spec)


def _container(release: Release) -> Shape:
    port = {"tcpSocket": {"port": ports.JANUS}}
    return {
        "name": "janus",
        "image": release.janus_image,
        "env": [{"name": "CELLHUB_JANUS_ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        "ports": [{"name": "janus", "containerPort": ports.JANUS, "protocol": "TCP"}],
        "resources": equal_resources(CPU, MEMORY),
        "securityContext": container_security(JANUS_USER),
        "readinessProbe": port | {"periodSeconds": 5},
        "livenessProbe": port | {"periodSeconds": 20, "failureThreshold": 3},
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108
    }
