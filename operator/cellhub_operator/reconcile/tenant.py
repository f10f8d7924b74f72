"""A Tenant: its row, its first admin, its softswitch's log-in, its objects, its pods' marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cellhub.accounts.tenants import TenantTerms
from cellhub.db.roles import agent_login, login_mark
from cellhub.switch.render import ConfigError
from cellhub_operator.actions import (
    Action,
    Actions,
    Apply,
    Delete,
    MarkPod,
    PutAdmin,
    PutAgentLogin,
    PutSwitchLogin,
    PutTenant,
    Ref,
)
from cellhub_operator.comparing import holds, wanted_of
from cellhub_operator.objects import objects_of
from cellhub_operator.objects.admin_secret import PASSWORD, admin_secret
from cellhub_operator.objects.configuration import Keys, fingerprint, plain
from cellhub_operator.objects.marker import MarkerError, read, release_in
from cellhub_operator.objects.names import HASH, MANAGED_BY, MANAGER, admin_name, switch_name
from cellhub_operator.objects.release import Release
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.observed import TenantWorld
from cellhub_operator.reconcile.context import Context
from cellhub_operator.reconcile.files import files_of
from cellhub_operator.reconcile.problem import Problem
from cellhub_operator.specs.shapes import Shape

SECRET = "Secret"  # noqa: S105  the word of a kind


def reconcile_tenant(tenant: TenantSpec, world: TenantWorld, context: Context) -> Actions:
    """Decide what is missing; nothing in steady state, and nothing while there is a problem."""
    if tenant_problem(tenant, world, context) is not None:
        return ()
    return tuple(_actions(tenant, world, context))


def tenant_problem(tenant: TenantSpec, world: TenantWorld, context: Context) -> Problem | None:
    """Say what is wrong with a spec that the API server took."""
    row = world.row
    if row is not None and row.managed_by not in ("", tenant.origin.mark):
        return Problem(
            "NameTaken",
            f"The Tenant {row.managed_by} has this name already: names are unique over all namespaces.",
        )
    if row is not None and row.terms.currency != tenant.currency:
        return Problem(
            "CurrencyFixed",
            f"The books of {tenant.name} are in {row.terms.currency}: write that as the currency.",
        )
    if tenant.janus_replicas and not context.release.janus_image:
        return Problem("NoJanusImage", "This installation has no image of Janus: set janus.enabled to false.")
    return _unreadable(world, context) or _unwritable(tenant, world, context)


def _unreadable(world: TenantWorld, context: Context) -> Problem | None:
    try:
        release_of(world, context)
    except MarkerError as error:
        return Problem("ReleaseUnknown", str(error))
    return None


def _unwritable(tenant: TenantSpec, world: TenantWorld, context: Context) -> Problem | None:
    try:
        files_of(tenant, world, context.fresh.keys, context.database)
    except ConfigError as error:
        return Problem("NotRendered", f"The softswitch's files cannot be written: {error}.")
    return None


def terms_of(tenant: TenantSpec) -> TenantTerms:
    """What a Tenant says about its row."""
    return TenantTerms(
        slug=tenant.name,
        name=tenant.display_name,
        sip_domain=tenant.sip_domain,
        currency=tenant.currency,
        time_zone=tenant.time_zone,
        max_calls=tenant.max_calls,
        calls_per_second=tenant.calls_per_second,
        sip_user_limit=tenant.sip_users,
        suspended=tenant.suspended,
    )


def release_of(world: TenantWorld, context: Context) -> Release:
    """The release that the tenant is to run.

    Raises:
        MarkerError: the note on the Tenant cannot be read.
    """
    return release_in(context.release, read(world.release))


def keys_of(tenant: TenantSpec, world: TenantWorld, context: Context) -> Keys:
    """The secrets that the tenant's Secret keeps, or fresh ones."""
    kept = world.objects.get(Ref("v1", SECRET, tenant.origin.namespace, switch_name(tenant.name)))
    return Keys.of(kept, context.fresh.keys)


def _actions(tenant: TenantSpec, world: TenantWorld, context: Context) -> Iterator[Action]:
    keys = keys_of(tenant, world, context)
    files = files_of(tenant, world, keys, context.database)
    agent_url = context.database.url(agent_login(tenant.name).name, keys.agent_password)
    built = objects_of(tenant, release_of(world, context), files, keys, agent_url)
    wanted = {Ref.of(one): one for one in built}
    yield from _row(tenant, world)
    yield from _admin(tenant, world, context)
    for ref, manifest in wanted.items():
        yield from _object(world, ref, manifest)
        if ref.kind == SECRET:
            # Kept before it is used: a password that only the database knew would be lost.
            yield from _logins(tenant, world, keys)
    yield from _superfluous(tenant, world, wanted)
    yield from _marks(world, fingerprint(files))


def _row(tenant: TenantSpec, world: TenantWorld) -> Iterator[Action]:
    terms, mark = terms_of(tenant), tenant.origin.mark
    if world.row is None or (world.row.terms, world.row.managed_by) != (terms, mark):
        yield PutTenant(terms, mark)


def _admin(tenant: TenantSpec, world: TenantWorld, context: Context) -> Iterator[Action]:
    """Keep the password in the Secret first: one that was given to nobody would lock the tenant."""
    if world.row is not None and world.row.has_admin:
        return
    kept = world.objects.get(Ref("v1", SECRET, tenant.origin.namespace, admin_name(tenant.name)))
    if kept is None:
        yield Apply(admin_secret(tenant, context.fresh.admin_password))
    password = plain(kept["data"][PASSWORD]) if kept else context.fresh.admin_password
    yield PutAdmin(tenant.name, tenant.admin_email, password)


def _object(world: TenantWorld, ref: Ref, manifest: Shape) -> Iterator[Action]:
    observed = world.objects.get(ref)
    wanted = wanted_of(manifest, observed)
    if not holds(observed, wanted):
        yield Apply(wanted)


def _logins(tenant: TenantSpec, world: TenantWorld, keys: Keys) -> Iterator[Action]:
    if world.row is None or world.row.login != login_mark(keys.database_password):
        yield PutSwitchLogin(tenant.name, keys.database_password)
    if world.row is None or world.row.agent_login != login_mark(keys.agent_password):
        yield PutAgentLogin(tenant.name, keys.agent_password)


def _superfluous(tenant: TenantSpec, world: TenantWorld, wanted: Mapping[Ref, Shape]) -> Iterator[Action]:
    """Take away what an earlier spec wanted; an object of a stranger that has the same name stays."""
    kept = {*wanted, Ref("v1", SECRET, tenant.origin.namespace, admin_name(tenant.name))}
    for ref, manifest in world.objects.items():
        if ref not in kept and is_ours(manifest):
            yield Delete(ref)


def is_ours(manifest: Shape) -> bool:
    """Say whether we made an object, and no stranger who gave it a name of ours."""
    return bool(manifest["metadata"].get("labels", {}).get(MANAGED_BY) == MANAGER)


def _marks(world: TenantWorld, wanted: str) -> Iterator[Action]:
    for pod in world.pods:
        metadata = pod["metadata"]
        if "deletionTimestamp" not in metadata and metadata.get("annotations", {}).get(HASH) != wanted:
            yield MarkPod(Ref("v1", "Pod", metadata["namespace"], metadata["name"]), wanted)
