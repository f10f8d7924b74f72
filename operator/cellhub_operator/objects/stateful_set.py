"""The softswitch's pods, each with a name and a spool that outlive it."""

from __future__ import annotations

from cellhub_operator.objects.names import SWITCH, manifest, pods_name, selector, switch_name
from cellhub_operator.objects.quantities import canonical_bytes
from cellhub_operator.objects.release import ONE_BY_ONE, Release
from cellhub_operator.objects.switch_pod import switch_pod
from cellhub_operator.objects.tenant import DELETE, TenantSpec
from cellhub_operator.specs.shapes import Shape


def stateful_set(tenant: TenantSpec, release: Release) -> Shape:
    """Build the StatefulSet."""
    spec = {
        "replicas": tenant.replicas,
        "serviceName": pods_name(tenant.name),
        "podManagementPolicy": "Parallel",
        "updateStrategy": _strategy(release),
        "persistentVolumeClaimRetentionPolicy": _retention(tenant),
        "selector": {"matchLabels": selector(tenant.name, SWITCH)},
        "template": switch_pod(tenant, release),
        "volumeClaimTemplates": [_spool(release)],
    }
    return manifest("apps/v1", "StatefulSet", tenant.origin, switch_name(tenant.name), spec=spec)


def _strategy(release: Release) -> Shape:
    if release.rolling is None:
        return {"type": "RollingUpdate"}
    if release.rolling == ONE_BY_ONE:
        return {"type": "OnDelete"}
    return {"type": "RollingUpdate", "rollingUpdate": {"partition": release.rolling}}


def _retention(tenant: TenantSpec) -> Shape:
    """Evidence of calls outlives its pod; with the tenant it goes when everything of it is to go."""
    return {"whenScaled": "Retain", "whenDeleted": "Delete" if tenant.deletion_policy == DELETE else "Retain"}


def _spool(release: Release) -> Shape:
    spec: Shape = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": canonical_bytes(release.spool_storage)}},
    }
    if release.storage_class:
        spec["storageClassName"] = release.storage_class
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "spool"}, "spec": spec}
