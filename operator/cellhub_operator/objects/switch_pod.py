"""The pod of a softswitch: Asterisk and the agent beside it, on one loopback."""

from __future__ import annotations

from cellhub.switch import pooler
from cellhub_operator.objects import ports
from cellhub_operator.objects.configuration import AMI_SECRET, DATABASE_URL, SECRET_FILES
from cellhub_operator.objects.names import SWITCH, labels, selector, switch_name
from cellhub_operator.objects.release import Release
from cellhub_operator.objects.security import (
    AGENT_USER,
    ASTERISK_USER,
    container_security,
    equal_resources,
    pod_security,
)
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.specs.shapes import Shape

CONFIGURED = "/etc/asterisk"
COMMON = "/etc/cellhub/common"
KEYS = "/etc/cellhub/keys"
SPOOL = "/var/spool/cellhub"
GRACE_AFTER_DRAIN = 30
AGENT_CPU, AGENT_MEMORY = "250m", "192Mi"
POOLER_CPU, POOLER_MEMORY = "50m", "32Mi"
# The agent lets no new call begin, and Asterisk ends with the last one; the pod waits for that before it
# says TERM. 'gracefully' would refuse AMI from then on, and calls that run would get no further slice.
DRAIN = (
    "asterisk -rx 'core stop when convenient' >/dev/null 2>&1;"
    " while asterisk -rx 'core show version' >/dev/null 2>&1; do sleep 1; done"
)


def switch_pod(tenant: TenantSpec, release: Release) -> Shape:
    """Build the pod's template. It names no configuration: that changes without a new pod."""
    name = switch_name(tenant.name)
    spec = {
        "serviceAccountName": name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pod_security(ASTERISK_USER),
        "terminationGracePeriodSeconds": release.drain_seconds + GRACE_AFTER_DRAIN,
        "topologySpreadConstraints": [_spread(tenant)],
        "initContainers": [_render(tenant, release), _pooler(tenant, release)],
        "containers": [_asterisk(tenant, release), _agent(tenant, release)],
        "volumes": _volumes(name),
    }
    if release.image_pull_secret:
        spec["imagePullSecrets"] = [{"name": release.image_pull_secret}]
    return {"metadata": {"labels": labels(tenant.name, SWITCH)}, "spec": spec}


def _spread(tenant: TenantSpec) -> Shape:
    return {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": selector(tenant.name, SWITCH)},
    }


def _asterisk(tenant: TenantSpec, release: Release) -> Shape:
    return {
        "name": "asterisk",
        "image": tenant.image or release.asterisk_image,
        "ports": [
            {"name": "sip-udp", "containerPort": ports.SIP, "protocol": "UDP"},
            {"name": "sip-tcp", "containerPort": ports.SIP, "protocol": "TCP"},
        ],
        "resources": equal_resources(tenant.cpu, tenant.memory),
        "securityContext": container_security(ASTERISK_USER),
        "startupProbe": _console("core waitfullybooted", periodSeconds=1, failureThreshold=120),
        "livenessProbe": _console("core show version", periodSeconds=20, failureThreshold=3),
        "lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", DRAIN]}}},
        "volumeMounts": [
            {"name": "configured", "mountPath": CONFIGURED, "readOnly": True},
            {"name": "spool", "mountPath": SPOOL},
            {"name": "run", "mountPath": "/run/asterisk"},
            {"name": "logs", "mountPath": "/var/log/asterisk"},
            {"name": "scratch", "mountPath": "/var/spool/asterisk"},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
        ],
    }


def _console(command: str, **more: int) -> Shape:
    return {"exec": {"command": ["asterisk", "-rx", command]}, "timeoutSeconds": 5, **more}


def _agent(tenant: TenantSpec, release: Release) -> Shape:
    health = {"port": ports.HEALTH, "scheme": "HTTP"}
    return {
        "name": "agent",
        "image": release.agent_image,
        "command": ["cellhub-agent"],
        "env": _environment(tenant),
        "ports": [
            {"name": "health", "containerPort": ports.HEALTH, "protocol": "TCP"},
            {"name": "metrics", "containerPort": ports.METRICS, "protocol": "TCP"},
        ],
        "resources": equal_resources(AGENT_CPU, AGENT_MEMORY),
        "securityContext": container_security(AGENT_USER),
        "readinessProbe": {
            "httpGet": {"path": "/ready", **health},
            "periodSeconds": 2,
            "failureThreshold": 3,
            "timeoutSeconds": 3,
        },
        "livenessProbe": {
            "httpGet": {"path": "/live", **health},
            "periodSeconds": 10,
            "failureThreshold": 6,
            "timeoutSeconds": 5,
        },
        "lifecycle": {"preStop": {"exec": {"command": ["cellhub-agent", "--outlast"]}}},
        "volumeMounts": _agents_volumes(),
    }


def _render(tenant: TenantSpec, release: Release) -> Shape:
    """The agent once before: Asterisk must not start without its files."""
    return {
        "name": "render",
        "image": release.agent_image,
        "command": ["cellhub-agent", "--render"],
        "env": _environment(tenant),
        "resources": equal_resources(AGENT_CPU, AGENT_MEMORY),
        "securityContext": container_security(AGENT_USER),
        "volumeMounts": _agents_volumes(),
    }


def _pooler(tenant: TenantSpec, release: Release) -> Shape:
    """Asterisk's way to the database: a sidecar, so that it is there before Asterisk and goes after it."""
    return {
        "name": "pooler",
        "image": tenant.image or release.asterisk_image,
        "command": list(pooler.COMMAND),
        "restartPolicy": "Always",
        "resources": equal_resources(POOLER_CPU, POOLER_MEMORY),
        "securityContext": container_security(ASTERISK_USER),
        "startupProbe": {
            "exec": {"command": ["test", "-S", f"/run/asterisk/{pooler.SOCKET}"]},
            "periodSeconds": 1,
            "failureThreshold": 30,
        },
        "volumeMounts": [
            {"name": "configured", "mountPath": CONFIGURED, "readOnly": True},
            {"name": "run", "mountPath": "/run/asterisk"},
        ],
    }


def _agents_volumes() -> list[Shape]:
    return [
        {"name": "configured", "mountPath": CONFIGURED},
        {"name": "common", "mountPath": COMMON, "readOnly": True},
        {"name": "keys", "mountPath": KEYS, "readOnly": True},
        {"name": "spool", "mountPath": SPOOL},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
    ]


def _environment(tenant: TenantSpec) -> list[Shape]:
    own = {
        "CELLHUB_TENANT": tenant.name,
        "CELLHUB_AGI_PORT": str(ports.AGI),
        "CELLHUB_AMI_PORT": str(ports.AMI),
        "CELLHUB_HEALTH_PORT": str(ports.HEALTH),
        "CELLHUB_METRICS_PORT": str(ports.METRICS),
        "CELLHUB_LISTEN_HOST": "0.0.0.0",  # noqa: S104  of health and metrics, in the pod's own network
        "CELLHUB_AMI_SECRET_FILE": f"{KEYS}/{AMI_SECRET}",
        "CELLHUB_COMMON_CONFIG": COMMON,
        "CELLHUB_SWITCH_CONFIG": CONFIGURED,
        "CELLHUB_SWITCH_SPOOL": SPOOL,
        "CELLHUB_AGENT_SPOOL": f"{SPOOL}/agent",
        # An agent in a pod opens no stored secret: they come in rendered files.
        "CELLHUB_SECRET_KEY_FILE": "/dev/null",
    }
    return [
        {"name": "CELLHUB_POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {
            "name": "CELLHUB_DATABASE_URL",
            "valueFrom": {"secretKeyRef": {"name": switch_name(tenant.name), "key": DATABASE_URL}},
        },
        *({"name": name, "value": value} for name, value in own.items()),
    ]


def _volumes(name: str) -> list[Shape]:
    files = {"name": name, "items": [{"key": file, "path": file} for file in SECRET_FILES]}
    key = {"secretName": name, "items": [{"key": AMI_SECRET, "path": AMI_SECRET}], "defaultMode": 0o440}
    return [
        {"name": "common", "projected": {"sources": [{"configMap": {"name": name}}, {"secret": files}]}},
        {"name": "keys", "secret": key},
        {"name": "configured", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}},
        {"name": "run", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}},
        {"name": "logs", "emptyDir": {"sizeLimit": "64Mi"}},
        {"name": "scratch", "emptyDir": {"sizeLimit": "64Mi"}},
        {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
    ]
