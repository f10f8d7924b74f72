"""What reconciling may decide to do, as data: nothing here does anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cellhub.accounts.tenants import TenantTerms
from cellhub_operator.specs.shapes import Shape


class Ref(NamedTuple):
    """Names an object of the cluster."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, manifest: Shape) -> Ref:
        """Name the object that ``manifest`` describes."""
        metadata = manifest["metadata"]
        return cls(manifest["apiVersion"], manifest["kind"], metadata["namespace"], metadata["name"])


@dataclass(frozen=True, slots=True)
class Apply:
    """Make an object as ``manifest`` says, in the fields that it names."""

    manifest: Shape = field(repr=False)

    @property
    def ref(self) -> Ref:
        """The object."""
        return Ref.of(self.manifest)


@dataclass(frozen=True, slots=True)
class Delete:
    """Take an object away, and what belongs to it."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class MarkPod:
    """Annotate a pod with the configuration that it is to have: its files then arrive at once."""

    ref: Ref
    fingerprint: str


@dataclass(frozen=True, slots=True)
class PutTenant:
    """Make the tenant's row, or change it."""

    terms: TenantTerms
    managed_by: str


@dataclass(frozen=True, slots=True)
class PutAdmin:
    """Make the tenant's first admin."""

    slug: str
    email: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PutSwitchLogin:
    """Give the tenant's softswitch its log-in at the database, with this password."""

    slug: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DropSwitchLogin:
    """Let the tenant's softswitch log in no more."""

    slug: str


@dataclass(frozen=True, slots=True)
class PutAgentLogin:
    """Give the tenant's agents their log-in at the database, with this password, bound to the tenant."""

    slug: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DropAgentLogin:
    """Let the tenant's agents log in no more."""

    slug: str


@dataclass(frozen=True, slots=True)
class LetGo:
    """Keep the tenant's rows, managed by nobody."""

    slug: str


@dataclass(frozen=True, slots=True)
class Erase:
    """Save the tenant's rows to a last backup, then delete them."""

    slug: str


@dataclass(frozen=True, slots=True)
class PutTrunk:
    """Make a trunk's row, or change it; an empty password is none."""

    slug: str
    name: str
    terms: Mapping[str, Any]
    password: str = field(repr=False)
    managed_by: str


@dataclass(frozen=True, slots=True)
class PauseTrunk:
    """Let no new call leave by a trunk."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class RemoveTrunk:
    """Delete a trunk's row."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing yet, for the reason that the sentence tells."""

    reason: str
    message: str


Action = (
    Apply
    | Delete
    | MarkPod
    | PutTenant
    | PutAdmin
    | PutSwitchLogin
    | DropSwitchLogin
    | PutAgentLogin
    | DropAgentLogin
    | LetGo
    | Erase
    | PutTrunk
    | PauseTrunk
    | RemoveTrunk
    | Wait
)
Actions = tuple[Action, ...]
