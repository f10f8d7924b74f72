"""A cluster and a database in memory: actions are done to it, and it is observed again.

It adds what the API server adds (ids, defaults), starts pods for a StatefulSet
and a Deployment, and ends them with it.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cellhub_operator import actions as deeds
from cellhub_operator.actions import Action, Ref
from cellhub_operator.objects.names import HASH
from cellhub_operator.observed import TenantRow, TenantWorld, TrunkRow, TrunkWorld
from cellhub_operator.specs.shapes import Shape

from cellhub.db.roles import login_mark
from cellhub.switch.render import Trunk

MAKERS_OF_PODS = ("StatefulSet", "Deployment")
CLAIMS_STATUS = {"phase": "Pending"}
SERVERS_OWN = {"resourceVersion": "1", "managedFields": [], "uid": "given"}


@dataclass(slots=True)
class FakeCluster:
    """One tenant's part of the world; ``writes`` counts what changed anything."""

    row: TenantRow | None = None
    trunks: dict[str, TrunkRow] = field(default_factory=dict)
    objects: dict[Ref, Shape] = field(default_factory=dict)
    pods: dict[str, Shape] = field(default_factory=dict)
    passwords: list[str] = field(default_factory=list)
    calls: int = 0
    backups: int = 0

    def tenant(self) -> TenantWorld:
        """What the reconciling of the Tenant sees."""
        rendered = tuple(
            Trunk(name=name, host=row.terms["host"], port=row.terms["port"])
            for name, row in sorted(self.trunks.items())
            if row.terms["active"]
        )
        row = self.row and replace(self.row, calls=self.calls)
        pods = tuple(copy.deepcopy(list(self.pods.values())))
        return TenantWorld(row, rendered, (), copy.deepcopy(self.objects), pods)

    def trunk(self, name: str, credentials: Mapping[str, str] | None = None) -> TrunkWorld:
        """What the reconciling of a Trunk sees."""
        return TrunkWorld(self.row is not None, self.trunks.get(name), credentials)

    def do(self, action: Action) -> None:
        """Do one action."""
        DOING[type(action)](self, action)


def _apply(cluster: FakeCluster, action: deeds.Apply) -> None:
    ref = action.ref
    merged = _merged(cluster.objects.get(ref, {}), copy.deepcopy(action.manifest))
    merged["metadata"] |= SERVERS_OWN
    for claim in merged.get("spec", {}).get("volumeClaimTemplates", ()):
        claim.setdefault("status", CLAIMS_STATUS)
    cluster.objects[ref] = merged
    if ref.kind in MAKERS_OF_PODS:
        _scale(cluster, merged)


def _scale(cluster: FakeCluster, maker: Shape) -> None:
    name, count = maker["metadata"]["name"], maker["spec"]["replicas"]
    wanted = [f"{name}-{number}" for number in range(count)]
    own = {pod: cluster.pods.get(pod) or _pod(maker, pod) for pod in wanted}
    cluster.pods = _pods_of_others(cluster, name) | own


def _pods_of_others(cluster: FakeCluster, maker: str) -> dict[str, Shape]:
    return {name: pod for name, pod in cluster.pods.items() if name.rpartition("-")[0] != maker}


def _pod(maker: Shape, name: str) -> Shape:
    labels = dict(maker["spec"]["template"]["metadata"]["labels"])
    metadata = {"name": name, "namespace": maker["metadata"]["namespace"], "labels": labels}
    return {"metadata": metadata, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}


def _merged(old: Any, new: Any) -> Any:
    """Merge as server-side apply does: what is named is set, what is not stays."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return new


def _delete(cluster: FakeCluster, action: deeds.Delete) -> None:
    cluster.objects.pop(action.ref, None)
    if action.ref.kind in MAKERS_OF_PODS:
        cluster.pods = _pods_of_others(cluster, action.ref.name)


def _mark(cluster: FakeCluster, action: deeds.MarkPod) -> None:
    if action.ref.name not in cluster.pods:
        return  # it ended meanwhile
    metadata = cluster.pods[action.ref.name]["metadata"]
    metadata["annotations"] = metadata.get("annotations", {}) | {HASH: action.fingerprint}


def _put_tenant(cluster: FakeCluster, action: deeds.PutTenant) -> None:
    row = cluster.row or TenantRow(action.terms, "", has_admin=False, login="")
    cluster.row = replace(row, terms=action.terms, managed_by=action.managed_by)


def _row(cluster: FakeCluster, **changes: Any) -> None:
    assert cluster.row is not None, "the tenant's row comes first"
    cluster.row = replace(cluster.row, **changes)


def _put_admin(cluster: FakeCluster, action: deeds.PutAdmin) -> None:
    _row(cluster, has_admin=True)
    cluster.passwords.append(action.password)


def _put_login(cluster: FakeCluster, action: deeds.PutSwitchLogin) -> None:
    _row(cluster, login=login_mark(action.password))


def _put_agent_login(cluster: FakeCluster, action: deeds.PutAgentLogin) -> None:
    _row(cluster, agent_login=login_mark(action.password))


def _erase(cluster: FakeCluster, _: deeds.Erase) -> None:
    cluster.backups += 1
    cluster.row = None
    cluster.trunks.clear()


def _put_trunk(cluster: FakeCluster, action: deeds.PutTrunk) -> None:
    cluster.trunks[action.name] = TrunkRow(dict(action.terms), action.managed_by, action.password)


def _pause(cluster: FakeCluster, action: deeds.PauseTrunk) -> None:
    row = cluster.trunks[action.name]
    cluster.trunks[action.name] = TrunkRow(
        {**row.terms, "active": False}, row.managed_by, row.password, row.registration, row.calls
    )


DOING = {
    deeds.Apply: _apply,
    deeds.Delete: _delete,
    deeds.MarkPod: _mark,
    deeds.PutTenant: _put_tenant,
    deeds.PutAdmin: _put_admin,
    deeds.PutSwitchLogin: _put_login,
    deeds.DropSwitchLogin: lambda cluster, _: _row(cluster, login=""),
    deeds.PutAgentLogin: _put_agent_login,
    deeds.DropAgentLogin: lambda cluster, _: _row(cluster, agent_login=""),
    deeds.LetGo: lambda cluster, _: _row(cluster, managed_by=""),
    deeds.Erase: _erase,
    deeds.PutTrunk: _put_trunk,
    deeds.PauseTrunk: _pause,
    deeds.RemoveTrunk: lambda cluster, action: cluster.trunks.pop(action.name, None),
    deeds.Wait: lambda *_: None,
}
