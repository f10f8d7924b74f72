"""Look, decide, do, look again: the thin part around the pure one."""

from __future__ import annotations

import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

import structlog

from cellhub.cluster.resource import Condition
from cellhub.security import sip_secrets
from cellhub.telemetry.metrics import ACTIONS
from cellhub_operator import actions as deeds
from cellhub_operator.actions import Action, Actions, Wait
from cellhub_operator.cluster import Cluster
from cellhub_operator.measuring import DEGRADED, DONE, WAITS, measured
from cellhub_operator.news import News, of_conditions, of_ending, of_keeping, of_mending
from cellhub_operator.objects.configuration import KEYS, Keys
from cellhub_operator.objects.marker import MarkerError, read, standing
from cellhub_operator.objects.release import Release
from cellhub_operator.objects.tenant import Origin, TenantSpec
from cellhub_operator.observed import TenantWorld, TrunkWorld
from cellhub_operator.reconcile import end_tenant, end_trunk, reconcile_tenant, reconcile_trunk
from cellhub_operator.reconcile.context import Context, Database, Fresh
from cellhub_operator.reconcile.problem import Problem
from cellhub_operator.reconcile.tenant import tenant_problem
from cellhub_operator.reconcile.trunk import TrunkSpec, trunk_problem
from cellhub_operator.rows import Refused, Rows
from cellhub_operator.specs.shapes import Shape
from cellhub_operator.status import (
    READY_PODS,
    ready_pods,
    tenant_status,
    trunk_status,
    written,
)

ROUNDS = 5
"""Looks at one resource in a row; more would mean that two things undo each other."""

PASSWORD_BYTES = 24
World = TypeVar("World", TenantWorld, TrunkWorld)
logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a resource is told: its status, and what it still waits for, if for anything.

    ``told`` is for people.
    """

    status: Shape
    wait: Wait | None = None
    told: News = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """What a resource that ends still waits for, None once nothing is left; ``told`` is for people."""

    wait: Wait | None
    told: News = ()


@dataclass(frozen=True, slots=True)
class Settled(Generic[World]):
    """What there was, and is after everything was done, what is left, was done and was refused."""

    before: World
    world: World
    left: Actions
    done: list[Action]
    refused: Problem | None = None


class Keeper:
    """Brings resources about, one at a time each; ``guard`` raises when nothing may be done."""

    def __init__(
        self,
        cluster: Cluster,
        rows: Rows,
        release: Release,
        database: Database,
        guard: Callable[[], None] = lambda: None,
    ) -> None:
        self._cluster, self._rows, self._guard = cluster, rows, guard
        self._release, self._database = release, database
        self._locks: dict[str, Lock] = defaultdict(Lock)

    def keep_tenant(self, resource: Shape) -> Outcome:
        """Bring a Tenant about, as far as that goes now."""
        tenant, context = TenantSpec.of(resource), self._context()
        with measured(tenant.origin.kind) as ended, self._alone(tenant.origin):
            end = self._settle(
                lambda: self._tenant_world(tenant.origin),
                lambda world: reconcile_tenant(tenant, world, context),
            )
            problem = end.refused or tenant_problem(tenant, end.world, context)
            ended(DEGRADED if problem else DONE)
        version = _version(end.world, context)
        figures, conditions = tenant_status(tenant, end.world, end.left, problem, version)
        kept = (resource.get("status") or {}).get("observedGeneration") == tenant.origin.generation
        told = of_keeping(tenant, end.done) + (of_mending(end.done, end.before.objects) if kept else ())
        return outcome_of(resource, figures, conditions, end.left, told)

    def pods_changed(self, resource: Shape) -> bool:
        """Say whether another number of pods takes calls than the Tenant's status tells."""
        told = (resource.get("status") or {}).get(READY_PODS, 0)
        return ready_pods(self._cluster.pods(Origin.of(resource))) != told

    def end_tenant(self, resource: Shape) -> Ending:
        """Take the next steps to a Tenant's end."""
        tenant, context = TenantSpec.of(resource), self._context()
        return self._end(
            tenant.origin,
            lambda: self._tenant_world(tenant.origin),
            lambda world: end_tenant(tenant, world, context),
        )

    def keep_trunk(self, resource: Shape) -> Outcome:
        """Bring a Trunk about, as far as that goes now."""
        trunk = TrunkSpec.of(resource)
        with measured(trunk.origin.kind) as ended, self._alone(trunk.origin):
            end = self._settle(lambda: self._trunk_world(trunk), lambda world: reconcile_trunk(trunk, world))
            problem = end.refused or trunk_problem(trunk, end.world)
            ended(DEGRADED if problem else DONE)
        figures, conditions = trunk_status(trunk, end.world, end.left, problem)
        return outcome_of(resource, figures, conditions, end.left)

    def put_release(self, namespace: str, name: str, note: str) -> Outcome | None:
        """Write on a Tenant which release an Update brings it, and bring that about; empty is the chart's."""
        resource = self._cluster.tenant(namespace, name)
        if resource is None or "deletionTimestamp" in resource["metadata"]:
            return None
        # Nobody who looked before is still about to write what he decided then.
        with self._alone(Origin.of(resource)):
            self._guard()
            self._cluster.note_release(namespace, name, note)
        return self.keep_tenant(resource)

    def end_trunk(self, resource: Shape) -> Ending:
        """Take the next steps to a Trunk's end."""
        trunk = TrunkSpec.of(resource)
        return self._end(
            trunk.origin, lambda: self._trunk_world(trunk), lambda world: end_trunk(trunk, world)
        )

    def files_changed(self, tenant_id: int) -> None:
        """Bring the files of the tenant with this row about: a trunk or a peer of it changed."""
        namespace, _, name = self._rows.resource_of(tenant_id).partition("/")
        resource = self._cluster.tenant(namespace, name) if name else None
        if resource is not None and "deletionTimestamp" not in resource["metadata"]:
            self.keep_tenant(resource)

    def _settle(self, look: Callable[[], World], decide: Callable[[World], Actions]) -> Settled[World]:
        """Do what is decided until nothing is left to do; where nothing was, that is one look."""
        done: list[Action] = []
        before = world = look()
        for _ in range(ROUNDS):
            left = decide(world)
            actions = [one for one in left if not isinstance(one, Wait)]
            if not actions:
                return Settled(before, world, left, done)
            try:
                for action in actions:
                    self._do(action)
                    done.append(action)
            except Refused as refused:
                return Settled(before, world, left, done, Problem("Refused", str(refused)))
            world = look()
        return Settled(before, world, decide(world), done)

    def _end(self, origin: Origin, look: Callable[[], World], decide: Callable[[World], Actions]) -> Ending:
        with measured(origin.kind) as ended, self._alone(origin):
            end = self._settle(look, decide)
            wait = _wait_of(end)
            ended(WAITS if wait else DONE)
        return Ending(wait, of_ending(origin.name, end.done))

    def _do(self, action: Action) -> None:
        self._guard()
        name = type(action).__name__
        logger.info("operator.does", action=name, what=_named(action))
        ACTIONS.labels(name, action.ref.kind if hasattr(action, "ref") else "row").inc()
        if isinstance(action, deeds.Apply):
            self._cluster.apply(action)
        elif isinstance(action, deeds.Delete):
            self._cluster.delete(action)
        elif isinstance(action, deeds.MarkPod):
            self._cluster.mark(action)
        elif not isinstance(action, Wait):
            self._rows.do(action)

    def _tenant_world(self, tenant: Origin) -> TenantWorld:
        row, trunks, peers = self._rows.tenant(tenant.name)
        release = self._cluster.release(tenant)
        objects, pods = self._cluster.objects(tenant), self._cluster.pods(tenant)
        return TenantWorld(row, trunks, peers, objects, pods, release)

    def _trunk_world(self, trunk: TrunkSpec) -> TrunkWorld:
        has_tenant, row = self._rows.trunk(trunk.tenant, trunk.name)
        name, namespace = trunk.credentials, trunk.origin.namespace
        return TrunkWorld(has_tenant, row, self._cluster.credentials(namespace, name) if name else None)

    def _context(self) -> Context:
        keys = Keys(*(secrets.token_urlsafe(PASSWORD_BYTES) for _ in KEYS))
        return Context(self._release, self._database, Fresh(keys, sip_secrets.generate()))

    def _alone(self, origin: Origin) -> AbstractContextManager[Any]:
        return self._locks[f"{origin.kind}/{origin.mark}"]


def _version(world: TenantWorld, context: Context) -> str:
    try:
        return standing(context.release, read(world.release)).version
    except MarkerError:
        return context.release.version


def _wait_of(end: Settled[World]) -> Wait | None:
    """What an end still waits for."""
    if end.refused is not None:
        return Wait(end.refused.reason, end.refused.message)
    waits = [one for one in end.left if isinstance(one, Wait)]
    return waits[0] if waits else (Wait("Ending", f"{len(end.left)} changes are left.") if end.left else None)


def outcome_of(
    resource: Shape,
    figures: Shape,
    conditions: list[Condition],
    left: Actions,
    told: News = (),
) -> Outcome:
    """What a resource is told, with events for the conditions that changed."""
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    previous = resource.get("status") or {}
    status = written(figures, conditions, previous, resource["metadata"]["generation"], now)
    wait = next((one for one in left if isinstance(one, Wait)), None)
    return Outcome(status, wait, told + of_conditions(conditions, previous))


def _named(action: Action) -> str:
    """What an action is about, without its secrets."""
    if isinstance(action, deeds.Apply | deeds.Delete | deeds.MarkPod):
        return f"{action.ref.kind} {action.ref.namespace}/{action.ref.name}"
    slug = action.terms.slug if isinstance(action, deeds.PutTenant) else getattr(action, "slug", "")
    return f"{slug} {getattr(action, 'name', '')}".strip()
