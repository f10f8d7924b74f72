"""Tenants with softswitches in memory, as an Update of the operator sees and changes them.

Pods follow their StatefulSet as Kubernetes lets them: one at a time from the last down to the
partition, or, on being taken away, one that is made anew.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from cellhub_operator.objects.marker import Marker, release_in
from cellhub_operator.objects.names import switch_name
from cellhub_operator.objects.release import ONE_BY_ONE, Release
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.updating.checks import Installation
from cellhub_operator.updating.parts import START_SECONDS, TenantSeen

from cellhub.domain.canary import Answers
from cellhub.domain.updates import Step
from cellhub.telemetry.heartbeats import ASKED, FAILED, SINCE, Beat, Part
from tests.fakes.updating import Life

BEGIN = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
A_MOMENT = dt.timedelta(seconds=10)


@dataclass
class FakePod:
    """A pod of a softswitch, with the images that it runs."""

    name: str
    image: str
    agent: str
    made: dt.datetime
    uid: int
    grace: int = 0
    """Seconds that it has to end; 0 is one that does not."""

    def manifest(self, ready: bool) -> dict:
        """The pod as the API server tells it."""
        made = self.made.isoformat()
        metadata = {"name": self.name, "uid": str(self.uid), "creationTimestamp": made}
        if self.grace:
            metadata |= {"deletionTimestamp": made, "deletionGracePeriodSeconds": self.grace}
        condition = {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": made}
        return {
            "metadata": metadata,
            "spec": {
                "containers": [
                    {"name": "asterisk", "image": self.image},
                    {"name": "agent", "image": self.agent},
                ]
            },
            "status": {"conditions": [condition]},
        }


@dataclass
class FakeSite:
    """``bad`` is an image whose pods take no calls, ``fails`` a step whose Job fails.

    ``answers`` is what the agents of an image say of their calls, ``late`` counts the calls of
    pods that have had their time.
    """

    chart: Release
    specs: dict[str, TenantSpec]
    key: str
    manifests: dict[str, str] = field(default_factory=dict)
    bad: str = ""
    fails: Step | None = None
    answers: dict[str, Answers] = field(default_factory=dict)
    late: dict[str, int] = field(default_factory=dict)
    life: Life = field(default_factory=Life)
    time: dt.datetime = BEGIN
    markers: dict[str, Marker] = field(default_factory=dict)
    pods: dict[str, FakePod] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    did: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with pods of the chart's release."""
        for tenant in self.specs:
            for name in self._names(tenant):
                self._make(name, self.chart)

    def _names(self, tenant: str) -> list[str]:
        return [f"{switch_name(tenant)}-{number}" for number in range(self.specs[tenant].replicas)]

    def _make(self, name: str, release: Release) -> None:
        images = release.asterisk_image, release.agent_image
        self.pods[name] = FakePod(name, *images, self.time, len(self.did))

    def now(self) -> dt.datetime:
        """The time."""
        return self.time

    def tenants(self, _wish: object) -> tuple[TenantSeen, ...]:
        """All of them."""
        return tuple(
            TenantSeen(spec, self.markers.get(name), tuple(map(self._told, self._names(name))), self.late)
            for name, spec in sorted(self.specs.items())
        )

    def _told(self, name: str) -> dict:
        pod = self.pods[name]
        return pod.manifest(pod.image != self.bad)

    def manifest(self, wish) -> str | None:
        """The manifest that an Update refers to."""
        return self.manifests.get(wish.manifest)

    def stands(self) -> Installation:
        """The installation, and the tables that its migration leaves."""
        migrated = any(name.endswith("migrate") and state == "Complete" for name, state in self.jobs.items())
        return Installation(self.chart, "0021" if migrated else "0019", self.key, backups=True)

    def beats(self, tenant: str) -> tuple[Beat, ...]:
        """What each pod says, since it was made."""
        return tuple(self._beat(self.pods[name]) for name in self._names(tenant))

    def _beat(self, pod: FakePod) -> Beat:
        told = self.answers.get(pod.image, Answers(100, 0))
        detail = {SINCE: pod.made.isoformat(), ASKED: told.asked, FAILED: told.failed}
        return Beat(Part.ASTERISK, pod.name, self.time, detail)

    def job(self, name: str) -> tuple[dict | None, tuple[dict, ...]]:
        """A Job and its pods."""
        if name not in self.jobs:
            return None, ()
        said = {"state": {"terminated": {"message": "It does not work."}}}
        conditions = [{"type": self.jobs[name], "status": "True"}] if self.jobs[name] else []
        job = {"metadata": {"name": name}, "status": {"conditions": conditions}}
        return job, ({"status": {"containerStatuses": [said]}},)

    def make_job(self, wish, step: Step) -> None:
        """Make the Job of a step unless there is one."""
        self.life.point()
        if wish.job(step) not in self.jobs:
            self.did.append(("job", str(step)))
            self.jobs[wish.job(step)] = ""
        self.life.point()

    def put_release(self, _wish: object, tenant: str, marker: Marker | None) -> None:
        """Note a release."""
        self.life.point()
        self.markers.pop(tenant, None)
        if marker is not None:
            self.markers[tenant] = marker
        self.life.point()

    def settled(self, _wish: object, _tenant: str) -> bool:
        """Whoever makes pods has heard of it."""
        return True

    def end_pod(self, _wish: object, name: str, uid: str) -> None:
        """Make a pod anew, as its StatefulSet says by now."""
        self.life.point()
        if str(self.pods[name].uid) == uid:
            self._replace(name, self._release(name))
        self.life.point()

    def end_calls(self, _wish: object, _tenant: str, pod: str) -> None:
        """End the calls of a pod."""
        self.life.point()
        if self.late.pop(pod, 0):
            self.did.append(("calls", pod))
        self.life.point()

    def _release(self, pod: str) -> Release:
        (tenant,) = [name for name in self.specs if pod in self._names(name)]
        return release_in(self.chart, self.markers.get(tenant))

    def _replace(self, name: str, release: Release) -> None:
        self.did.append((release.asterisk_image, name))
        self._make(name, release)

    def go_on(self) -> None:
        """Let a while pass: Jobs end, and each StatefulSet replaces one pod."""
        self.time += dt.timedelta(seconds=START_SECONDS) + A_MOMENT
        for name, state in self.jobs.items():
            failed = self.fails is not None and name.endswith(f"-{self.fails.lower()}")
            self.jobs[name] = state or ("Failed" if failed else "Complete")
        for tenant in self.specs:
            self._roll(tenant)

    def _roll(self, tenant: str) -> None:
        release = release_in(self.chart, self.markers.get(tenant))
        if release.rolling == ONE_BY_ONE:
            return
        for name in reversed(self._names(tenant)[release.rolling or 0 :]):
            pod = self.pods[name]
            if pod.image != release.asterisk_image:
                self._replace(name, release)
                return
            if pod.image == self.bad:
                return
