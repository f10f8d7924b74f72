"""What a resource's status says: figures, and three conditions with a reason and a sentence each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cellhub.cluster.resource import DEGRADED, PROGRESSING, READY, Condition
from cellhub.routes.facts import REGISTERED
from cellhub_operator.actions import Actions, Wait
from cellhub_operator.objects.names import COMPONENT, SWITCH
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.observed import TenantWorld, TrunkWorld
from cellhub_operator.reconcile.problem import Problem
from cellhub_operator.reconcile.trunk import TrunkSpec
from cellhub_operator.specs.shapes import Shape

LONGEST = 1024
PODS_START = "PodsStart"
READY_PODS = "readyPods"
AS_WANTED = ("AsWanted", "Everything is as the spec says.")


def tenant_status(
    tenant: TenantSpec, world: TenantWorld, actions: Actions, problem: Problem | None, version: str
) -> tuple[Shape, list[Condition]]:
    """The figures of a tenant, and its conditions."""
    ready = ready_pods(world.pods)
    calls = world.row.calls if world.row else 0
    complete = ready >= tenant.replicas
    figures: Shape = {READY_PODS: ready, "activeCalls": calls}
    if complete and not actions and problem is None:
        figures["version"] = version
    takes = f"{ready} of {tenant.replicas} pods take calls."
    serving = complete and world.row is not None
    return figures, [
        _ready(serving and not tenant.suspended, "Suspended" if tenant.suspended else "PodsReady", takes),
        _progressing(actions, None if complete else Wait(PODS_START, takes)),
        _degraded(problem),
    ]


def trunk_status(
    trunk: TrunkSpec, world: TrunkWorld, actions: Actions, problem: Problem | None
) -> tuple[Shape, list[Condition]]:
    """The figures of a trunk, and its conditions."""
    row = world.row
    figures: Shape = {"activeCalls": row.calls if row else 0, "registration": _registration(world)}
    used = row is not None and bool(row.terms["active"])
    sentence = "Calls leave by it." if used else "No call leaves by it."
    return figures, [
        _ready(used, "InUse" if used else "NotInUse", sentence),
        _progressing(actions, None),
        _degraded(problem),
    ]


def _registration(world: TrunkWorld) -> Shape:
    if world.row is None or not world.row.terms["register"]:
        return {"state": "n/a"}
    return {"state": "OK" if world.row.registration.lower() == REGISTERED else "NO"}


def ready_pods(pods: Iterable[Shape]) -> int:
    """Count the softswitches that take calls."""
    return sum(is_ready(pod) for pod in pods if pod["metadata"]["labels"].get(COMPONENT) == SWITCH)


def is_ready(pod: Shape) -> bool:
    """Say whether a pod takes calls."""
    conditions = pod.get("status", {}).get("conditions", ())
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def _ready(holds: bool, reason: str, message: str) -> Condition:
    return Condition(READY, holds, reason, message)


def _progressing(actions: Actions, otherwise: Wait | None) -> Condition:
    waits = [one for one in actions if isinstance(one, Wait)] or ([otherwise] if otherwise else [])
    if waits:
        return Condition(PROGRESSING, True, waits[0].reason, waits[0].message)
    if actions:
        return Condition(PROGRESSING, True, "Reconciling", f"{len(actions)} changes are being made.")
    return Condition(PROGRESSING, False, *AS_WANTED)


def _degraded(problem: Problem | None) -> Condition:
    if problem is None:
        return Condition(DEGRADED, False, *AS_WANTED)
    return Condition(DEGRADED, True, problem.reason, problem.message)


def written(
    figures: Shape, conditions: Iterable[Condition], previous: Shape, generation: int, now: str
) -> Shape:
    """The status as it is written; a condition that holds on keeps the time since when it does."""
    before = {one["type"]: one for one in previous.get("conditions", ())}
    return {
        **figures,
        "observedGeneration": generation,
        "conditions": [_written(one, before.get(one.type), generation, now) for one in conditions],
    }


def _written(condition: Condition, before: dict[str, Any] | None, generation: int, now: str) -> Shape:
    status = "True" if condition.holds else "False"
    since = before["lastTransitionTime"] if before and before["status"] == status else now
    return {
        "type": condition.type,
        "status": status,
        "reason": condition.reason,
        "message": condition.message[:LONGEST],
        "lastTransitionTime": since,
        "observedGeneration": generation,
    }
