"""Updates as resources: the same that ``kubectl apply`` makes, with the steps that the operator notes.

The manifest of the release goes into a ConfigMap that ends with its Update. Only in the namespaces
that the installation keeps: one that an address or a form names is compared with them first.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from dataclasses import replace

from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor
from cellhub.accounts.in_cluster import noting, refusing
from cellhub.accounts.refusal import LockedError, RefusedError
from cellhub.cluster import answers
from cellhub.cluster.client import TENANT, UPDATE, Cluster, Manifest
from cellhub.cluster.resource import MANAGED_BY, OURS, PORTAL, conditions_of, mark_of, why_locked
from cellhub.db.scope import PLATFORM_TENANT
from cellhub.updates.keeping import GONE, Kept, Wish
from cellhub.updates.manifest import Manifest as Release
from cellhub.updates.manifest import ManifestError, read
from cellhub.updates.services import OVER
from cellhub.updates.stepper import Taken

DOCUMENT = "manifest.json"
"""The key of the ConfigMap under which the operator looks for the manifest."""

PARTS = {"portal": 0, "operator": 0, "agent": 0, "asterisk": 1, "janus": 2}
"""Parts of a release, and which of a wish's repositories has their image."""

NEEDED = frozenset(PARTS) - {"janus"}
KIND = "update"
NO_SUCH_PLACE = "Choose one of the namespaces in the list."
NO_SUCH_TENANT = "Choose tenants of the namespace {}."
FIELDS = {
    "spec.manifestRef": "manifest",
    "spec.signature": "signature",
    "spec.version": "manifest",
    "spec.tenants": "tenants",
    "spec.tenants.names": "tenants",
    "spec.strategy.drainTimeout": "drain_minutes",
    "spec.strategy.canarySeconds": "canary_seconds",
    **{f"spec.images.{part}": ("repository", "softswitch_repository", "gateway_repository")[index]
       for part, index in PARTS.items()},
}  # fmt: skip
"""Fields of the form by their places in the manifest of an Update."""

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.ASCII)


class ClusterUpdates:
    """The Updates of ``namespaces``; ``session`` sees the whole platform."""

    takes_archives = False

    def __init__(
        self, cluster: Cluster, session: Session, actor: Actor, namespaces: tuple[str, ...], *, key: str
    ) -> None:
        self._cluster, self._session, self.namespaces, self._key = cluster, session, namespaces, key
        self._actor = replace(actor, tenant_id=PLATFORM_TENANT, account_id=None)

    def all(self) -> tuple[Kept, ...]:
        """All Updates, the newest first."""
        with refusing(FIELDS):
            found = [_kept(one) for place in self.namespaces for one in self._cluster.all(UPDATE, place)]
        return tuple(sorted(found, key=lambda one: (one.since, one.key), reverse=True))

    def find(self, key: str) -> Kept | None:
        """Look at an update."""
        namespace, _, name = key.partition(".")
        if namespace not in self.namespaces or not _NAME.fullmatch(name):
            return None
        with refusing(FIELDS):
            resource = self._cluster.find(UPDATE, namespace, name)
        return _kept(resource) if resource else None

    def tenants(self) -> tuple[str, ...]:
        """Tenants that an update can be brought to, each as NAMESPACE/NAME."""
        with refusing(FIELDS):
            found = [one for place in self.namespaces for one in self._cluster.all(TENANT, place)]
        return tuple(sorted(map(mark_of, found)))

    def begin(self, namespace: str, wish: Wish) -> str:
        """Make an Update, and the ConfigMap that it names."""
        if namespace not in self.namespaces:
            raise RefusedError("namespace", NO_SUCH_PLACE)
        names = [mark.removeprefix(f"{namespace}/") for mark in wish.tenants]
        if not names or any("/" in name for name in names):
            raise RefusedError("tenants", NO_SUCH_TENANT.format(namespace))
        release = _believed(wish, self._key)
        name = f"to-{release.version}-{secrets.token_hex(2)}"
        config = f"release-{name.removeprefix('to-')}"
        with noting(self._session, self._actor, "create", KIND, name), refusing(FIELDS):
            content = {"metadata": {"labels": OURS}, "spec": _spec(wish, release, names, config)}
            made = self._cluster.create(UPDATE, namespace, name, content)
            self._give_manifest(made, config, wish.document.decode())
        return f"{namespace}.{name}"

    def stop(self, key: str) -> None:
        """Delete an Update, which the operator takes back before it lets it go."""
        namespace, _, name = key.partition(".")
        kept = self.find(key)
        if kept is None:
            raise RefusedError("", GONE)
        if kept.locked:
            raise LockedError("", kept.locked)
        if kept.is_over:
            raise RefusedError("", OVER)
        with noting(self._session, self._actor, "delete", KIND, name), refusing(FIELDS):
            resource = self._cluster.find(UPDATE, namespace, name)
            if resource is None:
                raise RefusedError("", GONE)
            self._cluster.delete(UPDATE, resource)

    def _give_manifest(self, update: Manifest, name: str, document: str) -> None:
        """Make the ConfigMap that a new Update names; one that cannot have it goes again."""
        try:
            self._cluster.create_config_map(update, name, {DOCUMENT: document})
        except answers.Refusal:
            self._cluster.delete(UPDATE, update)
            raise


def _believed(wish: Wish, key: str) -> Release:
    """The release, if its manifest can be believed and has all that a cluster needs."""
    try:
        release = read(wish.document, wish.signature, key)
    except ManifestError as error:
        raise RefusedError("manifest", str(error)) from None
    missing = sorted(NEEDED - set(release.images))
    if missing:
        raise RefusedError("manifest", f"The release has no image of {', '.join(missing)}.")
    return release


def _spec(wish: Wish, release: Release, names: list[str], config: str) -> Manifest:
    images = {
        part: f"{wish.repositories[PARTS[part]]}@{digest}"
        for part, digest in release.images.items()
        if part in PARTS
    }
    return {
        "tenants": {"names": names},
        "version": release.version,
        "images": images,
        "manifestRef": {"name": config},
        "signature": wish.signature,
        "backup": {"enabled": wish.backup},
        "strategy": {
            "canary": wish.canary,
            "canarySeconds": wish.canary_seconds,
            "drainTimeout": f"{wish.drain_minutes}m",
        },
        "allowRollback": wish.allow_rollback,
    }


def _kept(resource: Manifest) -> Kept:
    metadata, status = resource["metadata"], resource.get("status") or {}
    ours = (metadata.get("labels") or {}).get(MANAGED_BY) == PORTAL
    return Kept(
        key=f"{metadata['namespace']}.{metadata['name']}",
        version=resource["spec"]["version"],
        from_version=status.get("fromVersion", ""),
        since=dt.datetime.fromisoformat(metadata["creationTimestamp"]),
        taken=tuple(map(_taken, status.get("steps") or ())),
        by="the portal" if ours else "kubectl",
        whom=_whom(resource["spec"]["tenants"]),
        resource=mark_of(resource),
        conditions=conditions_of(resource),
        locked=why_locked(resource),
    )


def _taken(step: Manifest) -> Taken:
    began, ended = (step.get(name) for name in ("startedAt", "finishedAt"))
    return Taken(
        step["name"],
        dt.datetime.fromisoformat(began) if began else None,
        dt.datetime.fromisoformat(ended) if ended else None,
        step.get("message", ""),
    )


def _whom(tenants: Manifest) -> str:
    if names := tenants.get("names"):
        return ", ".join(names)
    labels = tenants.get("selector", {}).get("matchLabels", {})
    return "tenants with " + ", ".join(f"{name}={value}" for name, value in sorted(labels.items()))
