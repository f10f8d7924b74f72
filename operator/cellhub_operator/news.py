"""What people are told of a resource beside its status, as Events: `kubectl describe` shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from cellhub.cluster.resource import DEGRADED, PROGRESSING, Condition
from cellhub_operator import actions as deeds
from cellhub_operator.actions import Action, Ref
from cellhub_operator.comparing import APPLIED
from cellhub_operator.objects.names import admin_name
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.specs.shapes import Shape


class Told(NamedTuple):
    """One Event. A ``warning`` is for somebody to act on."""

    reason: str
    message: str
    warning: bool = False


News = tuple[Told, ...]


def of_conditions(conditions: Iterable[Condition], previous: Shape) -> News:
    """Tell the conditions that changed."""
    before = {one["type"]: (one["status"], one["reason"]) for one in previous.get("conditions", ())}
    return tuple(
        Told(one.reason, one.message, one.type == DEGRADED and one.holds)
        for one in conditions
        if one.type != PROGRESSING
        and (one.holds or one.type in before)
        and before.get(one.type) != ("True" if one.holds else "False", one.reason)
    )


def of_keeping(tenant: TenantSpec, done: Iterable[Action]) -> News:
    """Tell who may sign in now."""
    if not any(isinstance(one, deeds.PutAdmin) for one in done):
        return ()
    secret = admin_name(tenant.name)
    return (Told("AdminCreated", f"{tenant.admin_email} signs in with the password in the Secret {secret}."),)


def of_mending(done: Iterable[Action], before: Mapping[Ref, Shape]) -> News:
    """Tell what others had done to objects of a Tenant that had been brought about ``before``."""
    mended = (_mended(one, before.get(one.ref)) for one in done if isinstance(one, deeds.Apply))
    return tuple(one for one in mended if one is not None)


def of_ending(name: str, done: Iterable[Action]) -> News:
    """Tell what became of the rows of a Tenant that ended."""
    return tuple(ENDS[type(one)](name) for one in done if type(one) in ENDS)


ENDS: dict[type, Callable[[str], Told]] = {
    deeds.LetGo: lambda name: Told("RowsKept", f"The rows of {name} stay, managed by nobody."),
    deeds.Erase: lambda name: Told(
        "RowsErased", f"The rows of {name} were saved among the last backups, as {name}-ID.zip, and deleted."
    ),
}


def _mended(applied: deeds.Apply, found: Shape | None) -> Told | None:
    """What somebody else had done to an object; nothing if we wanted another one than before."""
    what = f"{applied.ref.kind} {applied.ref.name}"
    if found is None:
        return Told("Mended", f"{what} was gone and is there again.")
    if _stamp(found) != _stamp(applied.manifest):
        return None
    return Told("Mended", f"{what} had been changed by somebody and is again as the Tenant says.")


def _stamp(manifest: Shape) -> str:
    return str(manifest["metadata"].get("annotations", {}).get(APPLIED, ""))
