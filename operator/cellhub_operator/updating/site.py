"""The cluster and the database of an installation, as an Update looks at them and changes them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cellhub.cluster.resource import DEGRADED
from cellhub.domain.updates import Step
from cellhub.telemetry.heartbeats import Beat
from cellhub.updates.driver import StepFailed
from cellhub_operator.actions import Ref
from cellhub_operator.cluster import Cluster
from cellhub_operator.keeper import Keeper
from cellhub_operator.objects.marker import NOTE, Marker, MarkerError, read
from cellhub_operator.objects.names import TENANT_LABEL, switch_name
from cellhub_operator.objects.release import Release
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.specs.shapes import Shape
from cellhub_operator.updating.checks import Installation
from cellhub_operator.updating.parts import TenantSeen, overtime
from cellhub_operator.updating.records import Records
from cellhub_operator.updating.wish import UpdateWish
from cellhub_operator.updating.works import job_of

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Place:
    """The installation's own: its namespace, whom it believes, and its Jobs' pod as the chart has it."""

    namespace: str
    key: str
    job: Path | None
    backups: bool


class ClusterSite:
    """The way to them; ``guard`` raises when nothing may be done."""

    def __init__(
        self,
        cluster: Cluster,
        keeper: Keeper,
        records: Records,
        *,
        chart: Release,
        place: Place,
        guard: Callable[[], None] = lambda: None,
    ) -> None:
        self._cluster, self._keeper, self._records = cluster, keeper, records
        self._chart, self._place, self._guard = chart, place, guard

    def now(self) -> dt.datetime:
        """The time."""
        return dt.datetime.now(dt.UTC)

    def tenants(self, wish: UpdateWish) -> tuple[TenantSeen, ...]:
        """The tenants that an Update concerns, by name; what it has begun with is never forgotten."""
        namespace = wish.origin.namespace
        pods: dict[str, list[Shape]] = {}
        for pod in self._cluster.switches(namespace):
            pods.setdefault(pod["metadata"]["labels"][TENANT_LABEL], []).append(pod)
        found = (
            self._seen(one, tuple(pods.get(one["metadata"]["name"], ())))
            for one in self._cluster.tenants(namespace)
            if "deletionTimestamp" not in one["metadata"] and _concerned(wish, one)
        )
        return tuple(sorted(found, key=lambda seen: seen.tenant.name))

    def _seen(self, tenant: Shape, pods: tuple[Shape, ...]) -> TenantSeen:
        slug, now = tenant["metadata"]["name"], self.now()
        over = [pod["metadata"]["name"] for pod in pods if overtime(pod, now)]
        late = {pod: self._records.late_calls(slug, pod) for pod in over}
        return TenantSeen(TenantSpec.of(tenant), _marker(tenant), pods, late)

    def stands(self) -> Installation:
        """What the installation is."""
        return Installation(self._chart, self._records.revision(), self._place.key, self._place.backups)

    def beats(self, tenant: str) -> Iterable[Beat]:
        """The signs of life of a tenant's softswitches."""
        return self._records.beats(tenant)

    def manifest(self, wish: UpdateWish) -> str | None:
        """The manifest that an Update refers to; None if there is none."""
        found = self._cluster.read(Ref("v1", "ConfigMap", wish.origin.namespace, wish.manifest))
        return ((found or {}).get("data") or {}).get(MANIFEST)

    def job(self, name: str) -> tuple[Shape | None, tuple[Shape, ...]]:
        """A Job and its pods."""
        job = self._cluster.read(Ref("batch/v1", "Job", self._place.namespace, name))
        return job, self._cluster.pods_of_job(self._place.namespace, name) if job else ()

    def make_job(self, wish: UpdateWish, step: Step) -> None:
        """Make the Job of a step unless there is one."""
        if self._place.job is None:
            raise StepFailed("CELLHUB_UPDATE_JOB is not set: there is no pod for the work of a step.")
        self._guard()
        template = json.loads(self._place.job.read_text())
        self._cluster.make(job_of(template, self._place.namespace, wish, step))

    def put_release(self, wish: UpdateWish, tenant: str, marker: Marker | None) -> None:
        """Note what a tenant is to run, and bring that about."""
        note = marker.text() if marker else ""
        outcome = self._keeper.put_release(wish.origin.namespace, tenant, note)
        if outcome is None:
            return
        for condition in outcome.status["conditions"]:
            if condition["type"] == DEGRADED and condition["status"] == "True":
                raise StepFailed(f"{tenant}: {condition['message']}")

    def settled(self, wish: UpdateWish, tenant: str) -> bool:
        """Say whether the StatefulSet's controller has seen its last change."""
        ref = Ref("apps/v1", "StatefulSet", wish.origin.namespace, switch_name(tenant))
        found = self._cluster.read(ref) or {"metadata": {"generation": 0}}
        seen = (found.get("status") or {}).get("observedGeneration", -1)
        return bool(seen >= found["metadata"]["generation"])

    def end_pod(self, wish: UpdateWish, name: str, uid: str) -> None:
        """Let a pod end, its calls first, as long as the Update gives them."""
        self._guard()
        self._cluster.end_pod(wish.origin.namespace, name, uid, wish.grace)

    def end_calls(self, wish: UpdateWish, tenant: str, pod: str) -> None:
        """End the calls of a pod that have had their time."""
        self._guard()
        self._records.end_calls(wish, tenant, pod)


def _note(tenant: Shape) -> str:
    return str((tenant["metadata"].get("annotations") or {}).get(NOTE, ""))


def _marker(tenant: Shape) -> Marker | None:
    try:
        return read(_note(tenant))
    except MarkerError as error:
        raise MarkerError(f"{tenant['metadata']['name']}: {error}") from error


def _concerned(wish: UpdateWish, tenant: Shape) -> bool:
    return wish.concerns(tenant) or wish.mark in _note(tenant)
