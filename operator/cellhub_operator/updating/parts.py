"""The pods of the tenants that an Update concerns, in the order of their change, and how far each is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cellhub.domain.updates import Part, Place, Step
from cellhub_operator.objects.marker import Images, Marker, images_of, overtaken, standing
from cellhub_operator.objects.names import switch_name
from cellhub_operator.objects.release import Release
from cellhub_operator.objects.switch_pod import GRACE_AFTER_DRAIN
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.specs.shapes import Shape
from cellhub_operator.status import is_ready
from cellhub_operator.updating.wish import UpdateWish

NEW = frozenset({Step.CANARY, Step.ROLL_OUT, Step.VERIFY})
"""Steps that want the new release; all others want what ran before."""

REPLACING = frozenset({Step.CANARY, Step.ROLL_OUT, Step.ROLLING_BACK})
START_SECONDS = 300.0
"""A pod that takes no calls for so long does not come up any more."""

PULL_SECONDS = 60.0
STARTS = 2
"""So often a container may end at its start: the database may be away for a moment."""


@dataclass(frozen=True, slots=True)
class TenantSeen:
    """A tenant that an Update concerns; ``marker`` says which release it runs, None is the chart's.

    ``late`` is how many calls nobody has asked to end yet, by the pod whose time for them is over.
    """

    tenant: TenantSpec
    marker: Marker | None
    pods: tuple[Shape, ...]
    late: Mapping[str, int] = field(default_factory=dict)

    def pod(self, ordinal: int) -> Shape | None:
        """Find one of its pods."""
        name = f"{switch_name(self.tenant.name)}-{ordinal}"
        return next((pod for pod in self.pods if pod["metadata"]["name"] == name), None)


@dataclass(frozen=True, slots=True)
class View:
    """What the places of pods depend on beside the pods."""

    wish: UpdateWish
    chart: Release
    step: Step
    now: dt.datetime

    def mine(self, seen: TenantSeen) -> Marker | None:
        """The note that this Update has written on a Tenant."""
        return seen.marker if seen.marker and seen.marker.update == self.wish.mark else None

    def former(self, seen: TenantSeen) -> Images:
        """What a tenant ran before this Update."""
        mine = self.mine(seen)
        if mine is None:
            return standing(self.chart, seen.marker)
        return mine.former or images_of(self.chart)

    def wanted(self, seen: TenantSeen) -> Images:
        """What a tenant is to run, as far as the step goes."""
        return self.wish.wanted if self.step in NEW else self.former(seen)


def parts_of(view: View, tenants: Iterable[TenantSeen]) -> tuple[Part, ...]:
    """The pods of one tenant after the other, the last first.

    Rolling back goes the other way through them, and at the end of each tenant what was noted of
    this Update is taken away.
    """
    return tuple(part for seen in tenants for part in _of_tenant(view, seen))


def _of_tenant(view: View, seen: TenantSeen) -> Iterator[Part]:
    back = view.step is Step.ROLLING_BACK
    if back:
        noted = view.mine(seen) is not None
        yield Part(seen.tenant.name, Place.BEHIND if noted else Place.THERE)
        if not noted or overtaken(view.chart, view.wish.version):
            return
    for ordinal in reversed(range(seen.tenant.replicas)):
        yield place_of(view, seen, ordinal)


def place_of(view: View, seen: TenantSeen, ordinal: int) -> Part:
    """Say how far a pod is."""
    name, pod = f"{switch_name(seen.tenant.name)}-{ordinal}", seen.pod(ordinal)
    if pod is None:
        return Part(name, Place.CHANGING, "It is made anew.")
    if ends(pod):
        asked = not patient(pod, view.wish.grace) and not seen.late.get(name)
        ending = Part(name, Place.CHANGING, "Its calls end.")
        return ending if asked or view.step not in REPLACING else Part(name, Place.BEHIND)
    if _runs(pod) != _pair(seen, view.wanted(seen)):
        mine = view.mine(seen)
        on_its_way = mine is not None and not mine.back and ordinal >= mine.partition and view.step in NEW
        return Part(name, Place.CHANGING, "It is to end.") if on_its_way else Part(name, Place.BEHIND)
    if is_ready(pod):
        return Part(name, Place.THERE)
    trouble = _trouble(pod, view.now)
    return Part(name, Place.BROKEN, trouble) if trouble else Part(name, Place.CHANGING, "It starts.")


def ends(pod: Shape) -> bool:
    """Say whether a pod is on its way out."""
    return "deletionTimestamp" in pod["metadata"]


def overtime(pod: Shape, now: dt.datetime) -> bool:
    """Say whether the calls of a pod that ends have had their time; what is left is for itself."""
    if not ends(pod):
        return False
    gone = dt.datetime.fromisoformat(pod["metadata"]["deletionTimestamp"])
    return now >= gone - dt.timedelta(seconds=GRACE_AFTER_DRAIN)


def patient(pod: Shape, seconds: int) -> bool:
    """Say whether a pod that ends would wait for its calls for longer than that."""
    return bool(pod["metadata"].get("deletionGracePeriodSeconds", 0) > seconds)


def _runs(pod: Shape) -> tuple[str, ...]:
    images = {one["name"]: one["image"] for one in pod["spec"]["containers"]}
    return images.get("asterisk", ""), images.get("agent", "")


def _pair(seen: TenantSeen, images: Images) -> tuple[str, ...]:
    return seen.tenant.image or images.asterisk, images.agent


def _trouble(pod: Shape, now: dt.datetime) -> str:
    """Why a pod that takes no calls will not; nothing while it may still come."""
    status = pod.get("status", {})
    containers = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    waits = (_dead(one, _age(pod, now)) for one in containers)
    dead = next((one for one in waits if one), "")
    return dead or ("It takes no calls." if _unready(pod, now) > START_SECONDS else "")


def _dead(container: Shape, age: float) -> str:
    waiting = (container.get("state") or {}).get("waiting") or {}
    reason, told = waiting.get("reason", ""), waiting.get("message", "")
    if reason == "CrashLoopBackOff" and container.get("restartCount", 0) >= STARTS:
        last = (container.get("lastState") or {}).get("terminated") or {}
        return f"{container['name']} ends at its start, with the code {last.get('exitCode', '?')}."
    if ("Image" in reason or "CreateContainer" in reason) and age > PULL_SECONDS:
        return f"{container['name']} does not start: {reason}, {told}"
    return ""


def _age(pod: Shape, now: dt.datetime) -> float:
    return (now - dt.datetime.fromisoformat(pod["metadata"]["creationTimestamp"])).total_seconds()


def _unready(pod: Shape, now: dt.datetime) -> float:
    """For how long it has not taken calls."""
    for one in pod.get("status", {}).get("conditions") or ():
        if one["type"] == "Ready" and one.get("lastTransitionTime"):
            return (now - dt.datetime.fromisoformat(one["lastTransitionTime"])).total_seconds()
    return _age(pod, now)


def ready_since(pod: Shape) -> dt.datetime | None:
    """Since when a pod takes calls; None if it does not."""
    if not is_ready(pod):
        return None
    (ready,) = [one for one in pod["status"]["conditions"] if one["type"] == "Ready"]
    return dt.datetime.fromisoformat(ready["lastTransitionTime"])
