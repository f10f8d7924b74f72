"""The cluster as reconciling sees it, and what reconciling does to it: by server-side apply."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping

from kubernetes.dynamic import DynamicClient, Resource
from kubernetes.dynamic.exceptions import ConflictError, NotFoundError

from cellhub_operator import actions as deeds
from cellhub_operator.actions import Ref
from cellhub_operator.objects.configuration import plain
from cellhub_operator.objects.marker import NOTE
from cellhub_operator.objects.names import (
    COMPONENT,
    HASH,
    MANAGED_BY,
    MANAGER,
    SWITCH,
    TENANT_LABEL,
    admin_name,
    janus_name,
    pods_name,
    sip_name,
    switch_name,
)
from cellhub_operator.objects.tenant import API_VERSION, Origin
from cellhub_operator.specs.shapes import Shape

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"


class Cluster:
    """The API server, in the objects that may be a tenant's."""

    def __init__(self, client: DynamicClient) -> None:
        self._client = client

    def objects(self, tenant: Origin) -> dict[Ref, Shape]:
        """Read those of a tenant's objects that exist; Secrets are read by name, as nobody may list them."""
        found = ((ref, self.read(ref)) for ref in possible(tenant))
        return {ref: manifest for ref, manifest in found if manifest is not None}

    def pods(self, tenant: Origin) -> tuple[Shape, ...]:
        """Read the tenant's pods."""
        pods = self._kind("v1", "Pod").get(
            namespace=tenant.namespace, label_selector=f"{TENANT_LABEL}={tenant.name}"
        )
        return tuple(pods.to_dict()["items"])

    def credentials(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """Read a Secret's texts; None if there is no such Secret."""
        secret = self.read(Ref("v1", "Secret", namespace, name))
        if secret is None:
            return None
        return {key: plain(text).strip() for key, text in (secret.get("data") or {}).items()}

    def tenant(self, namespace: str, name: str) -> Shape | None:
        """Read a Tenant."""
        return self.read(Ref(API_VERSION, "Tenant", namespace, name))

    def tenants(self, namespace: str) -> tuple[Shape, ...]:
        """Read the Tenants of a namespace."""
        found = self._kind(API_VERSION, "Tenant").get(namespace=namespace).to_dict()["items"]
        return tuple(one | {"kind": "Tenant"} for one in found)

    def release(self, tenant: Origin) -> str:
        """Read the note about a tenant's release; empty if there is none."""
        found = self.tenant(tenant.namespace, tenant.name) or {"metadata": {}}
        return str((found["metadata"].get("annotations") or {}).get(NOTE, ""))

    def note_release(self, namespace: str, name: str, note: str) -> None:
        """Write that note, or take it away."""
        change = {"metadata": {"annotations": {NOTE: note or None}}}
        self._kind(API_VERSION, "Tenant").patch(
            body=change, name=name, namespace=namespace, content_type=MERGE
        )

    def switches(self, namespace: str) -> tuple[Shape, ...]:
        """Read the pods of all softswitches of a namespace."""
        labels = f"{MANAGED_BY}={MANAGER},{COMPONENT}={SWITCH}"
        pods = self._kind("v1", "Pod").get(namespace=namespace, label_selector=labels)
        return tuple(pods.to_dict()["items"])

    def end_pod(self, namespace: str, name: str, uid: str, seconds: int) -> None:
        """Ask a pod to end within ``seconds``, its calls first, if it is still that one."""
        options = {"preconditions": {"uid": uid}, "gracePeriodSeconds": seconds}
        try:
            self._kind("v1", "Pod").delete(name=name, namespace=namespace, body=options)
        except (NotFoundError, ConflictError):
            return

    def make(self, manifest: Shape) -> None:
        """Make an object unless there is one of that name."""
        ref = Ref.of(manifest)
        with contextlib.suppress(ConflictError):
            self._kind(ref.api_version, ref.kind).create(body=manifest, namespace=ref.namespace)

    def pods_of_job(self, namespace: str, name: str) -> tuple[Shape, ...]:
        """Read the pods of a Job, the newest last."""
        found = self._kind("v1", "Pod").get(namespace=namespace, label_selector=f"job-name={name}")
        pods = found.to_dict()["items"]
        return tuple(sorted(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"])))

    def read(self, ref: Ref) -> Shape | None:
        """Read an object; None if there is none, or if it is just ending."""
        try:
            found = self._kind(ref.api_version, ref.kind).get(name=ref.name, namespace=ref.namespace)
        except NotFoundError:
            return None
        manifest: Shape = found.to_dict()
        return manifest

    def apply(self, deed: deeds.Apply) -> None:
        """Make an object as the manifest says; a field that somebody else set is ours again."""
        ref = deed.ref
        self._kind(ref.api_version, ref.kind).server_side_apply(
            body=deed.manifest,
            name=ref.name,
            namespace=ref.namespace,
            field_manager=MANAGER,
            force_conflicts=True,
        )

    def delete(self, deed: deeds.Delete) -> None:
        """Take an object away; what it owns goes after it."""
        try:
            self._kind(deed.ref.api_version, deed.ref.kind).delete(
                name=deed.ref.name,
                namespace=deed.ref.namespace,
                body={"propagationPolicy": "Background"},
            )
        except NotFoundError:
            return

    def mark(self, deed: deeds.MarkPod) -> None:
        """Annotate a pod, so that its kubelet brings its files at once."""
        annotations = {"metadata": {"annotations": {HASH: deed.fingerprint}}}
        try:
            self._kind("v1", "Pod").patch(
                body=annotations, name=deed.ref.name, namespace=deed.ref.namespace, content_type=MERGE
            )
        except NotFoundError:
            return

    def _kind(self, api_version: str, kind: str) -> Resource:
        return self._client.resources.get(api_version=api_version, kind=kind)


def possible(tenant: Origin) -> Iterable[Ref]:
    """Name every object that a tenant may have."""
    switch, janus = switch_name(tenant.name), janus_name(tenant.name)
    names = (
        ("v1", "ServiceAccount", switch),
        ("networking.k8s.io/v1", "NetworkPolicy", switch),
        ("v1", "Secret", switch),
        ("v1", "Secret", admin_name(tenant.name)),
        ("v1", "ConfigMap", switch),
        ("v1", "Service", pods_name(tenant.name)),
        ("v1", "Service", sip_name(tenant.name)),
        ("v1", "Service", janus),
        ("policy/v1", "PodDisruptionBudget", switch),
        ("apps/v1", "StatefulSet", switch),
        ("apps/v1", "Deployment", janus),
    )
    return (Ref(version, kind, tenant.namespace, name) for version, kind, name in names)
