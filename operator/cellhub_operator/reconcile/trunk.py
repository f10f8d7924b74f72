"""A Trunk: its row, and the end of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cellhub.routes.keeping.manifest import terms_of
from cellhub.switch.render import ConfigError
from cellhub.switch.render import Trunk as Rendered
from cellhub.switch.render.shapes import check
from cellhub_operator.actions import Actions, PauseTrunk, PutTrunk, RemoveTrunk, Wait
from cellhub_operator.objects.tenant import Origin
from cellhub_operator.observed import TrunkRow, TrunkWorld
from cellhub_operator.reconcile.problem import Problem
from cellhub_operator.specs.shapes import Shape

USERNAME, PASSWORD = "username", "password"


@dataclass(frozen=True, slots=True)
class TrunkSpec:
    """What is wanted of a trunk. ``terms`` are the columns of its row but for the username."""

    origin: Origin
    tenant: str
    credentials: str
    terms: dict[str, Any]

    @classmethod
    def of(cls, resource: Shape) -> TrunkSpec:
        """Read a Trunk; the API server has put in the defaults."""
        spec = resource["spec"]
        return cls(
            origin=Origin.of(resource),
            tenant=spec["tenantRef"]["name"],
            credentials=spec.get("credentialsSecretRef", {}).get("name", ""),
            terms=terms_of(spec),
        )

    @property
    def name(self) -> str:
        """The trunk's name."""
        return self.origin.name


def reconcile_trunk(trunk: TrunkSpec, world: TrunkWorld) -> Actions:
    """Decide what is missing; nothing in steady state, and nothing while there is a problem."""
    if not world.has_tenant:
        return (Wait("NoTenant", f"There is no tenant {trunk.tenant} yet: apply the Tenant {trunk.tenant}."),)
    if trunk_problem(trunk, world) is not None:
        return ()
    terms, password = _wanted(trunk, world)
    mark, row = trunk.origin.mark, world.row
    if row is not None and (row.terms, row.password, row.managed_by) == (terms, password, mark):
        return ()
    return (PutTrunk(trunk.tenant, trunk.name, terms, password, mark),)


def trunk_problem(trunk: TrunkSpec, world: TrunkWorld) -> Problem | None:
    """Say what is wrong with a spec that the API server took."""
    row = world.row
    if row is not None and row.managed_by != trunk.origin.mark:
        owner = f"the Trunk {row.managed_by}" if row.managed_by else "the portal"
        return Problem(
            "NameTaken",
            f"{trunk.tenant} has a trunk {trunk.name} already, by {owner}: delete that one first, "
            "or choose another name.",
        )
    return _credentials_problem(trunk, world) or _shape_problem(trunk, world)


def end_trunk(trunk: TrunkSpec, world: TrunkWorld) -> Actions:
    """Decide the next step towards the end; none means that the row is gone, or was never ours."""
    row = world.row
    if row is None or row.managed_by != trunk.origin.mark:
        return ()
    if row.needed_by:
        return (Wait("InUse", row.needed_by),)
    return _without_calls(trunk, row) if row.calls else (RemoveTrunk(trunk.tenant, trunk.name),)


def _without_calls(trunk: TrunkSpec, row: TrunkRow) -> Actions:
    calls = "1 call runs" if row.calls == 1 else f"{row.calls} calls run"
    wait = Wait("CallsRun", f"{calls} over {trunk.name}; it goes when they have ended.")
    return (PauseTrunk(trunk.tenant, trunk.name), wait) if row.terms["active"] else (wait,)


def _wanted(trunk: TrunkSpec, world: TrunkWorld) -> tuple[dict[str, Any], str]:
    """The row's columns, and its password."""
    given = (world.credentials or {}) if trunk.credentials else {}
    return trunk.terms | {USERNAME: given.get(USERNAME, "")}, given.get(PASSWORD, "")


def _credentials_problem(trunk: TrunkSpec, world: TrunkWorld) -> Problem | None:
    if not trunk.credentials:
        return None
    if world.credentials is None:
        return Problem(
            "NoCredentials", f"There is no Secret {trunk.credentials} in {trunk.origin.namespace}."
        )
    missing = [key for key in (USERNAME, PASSWORD) if not world.credentials.get(key)]
    if not missing:
        return None
    keys = " and ".join(missing)
    return Problem("NoCredentials", f"The Secret {trunk.credentials} lacks {keys}.")


def _shape_problem(trunk: TrunkSpec, world: TrunkWorld) -> Problem | None:
    """Refuse what the softswitch's files cannot hold; the old trunk goes on serving."""
    terms, password = _wanted(trunk, world)
    try:
        check(
            Rendered(
                name=trunk.name,
                host=terms["host"],
                port=terms["port"],
                transport=terms["transport"],
                username=terms[USERNAME],
                secret=password,
            )
        )
    except ConfigError as error:
        return Problem("NotRendered", f"The softswitch cannot be told: {error}.")
    return None
