"""The end of a Tenant: no new call, the running ones to their end, then the pods, then the rows."""

from __future__ import annotations

from dataclasses import replace

from cellhub_operator.actions import Actions, Delete, DropAgentLogin, DropSwitchLogin, Erase, LetGo, Ref, Wait
from cellhub_operator.objects.names import switch_name
from cellhub_operator.objects.tenant import DELETE, TenantSpec
from cellhub_operator.observed import TenantRow, TenantWorld
from cellhub_operator.reconcile.context import Context
from cellhub_operator.reconcile.tenant import is_ours, reconcile_tenant

MAKERS_OF_PODS = ("StatefulSet", "Deployment")
"""While one of them is there, its pods do not go."""


def end_tenant(tenant: TenantSpec, world: TenantWorld, context: Context) -> Actions:
    """Decide the next step towards the end; none means that nothing of the tenant is left."""
    row = world.row if world.row and world.row.managed_by == tenant.origin.mark else None
    switch = Ref("apps/v1", "StatefulSet", tenant.origin.namespace, switch_name(tenant.name))
    if row is not None and switch in world.objects:
        return _quiet(tenant, world, context, row) or (Delete(switch),)
    own = [ref for ref, manifest in world.objects.items() if is_ours(manifest)]
    makers = tuple(Delete(ref) for ref in own if ref.kind in MAKERS_OF_PODS)
    if makers:
        return makers
    if world.pods:
        return (Wait("PodsEnd", f"{len(world.pods)} pods of {tenant.name} end."),)
    others = tuple(Delete(ref) for ref in own)
    return others + (() if row is None else _rows(tenant, row))


def _quiet(tenant: TenantSpec, world: TenantWorld, context: Context, row: TenantRow) -> Actions:
    """Refuse new calls first, and only then wait for those that run."""
    suspending = reconcile_tenant(replace(tenant, suspended=True), world, context)
    if row.calls:
        calls = "1 call runs" if row.calls == 1 else f"{row.calls} calls run"
        return (*suspending, Wait("CallsRun", f"{calls}; {tenant.name} goes when they have ended."))
    return suspending


def _rows(tenant: TenantSpec, row: TenantRow) -> Actions:
    logins: Actions = (DropSwitchLogin(tenant.name),) if row.login else ()
    if row.agent_login:
        logins += (DropAgentLogin(tenant.name),)
    return (*logins, Erase(tenant.name) if tenant.deletion_policy == DELETE else LetGo(tenant.name))
