"""What there is: the rows, the objects and the pods that reconciling looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cellhub.accounts.tenants import TenantTerms
from cellhub.switch.render import Peer, Trunk
from cellhub_operator.actions import Ref
from cellhub_operator.specs.shapes import Shape


@dataclass(frozen=True, slots=True)
class TenantRow:
    """A tenant in the database.

    ``login`` and ``agent_login`` are the marks of the passwords that its softswitch's and its agents'
    log-ins have, empty without them.
    """

    terms: TenantTerms
    managed_by: str
    has_admin: bool
    login: str
    agent_login: str = ""
    calls: int = 0


@dataclass(frozen=True, slots=True)
class TenantWorld:
    """All that belongs to one tenant. ``row`` is None before it is made and after it is erased.

    ``release`` is the note on the Tenant about the release that an Update brought, empty without one.
    """

    row: TenantRow | None = None
    trunks: tuple[Trunk, ...] = ()
    peers: tuple[Peer, ...] = ()
    objects: Mapping[Ref, Shape] = field(default_factory=dict, repr=False)
    pods: tuple[Shape, ...] = field(default=(), repr=False)
    release: str = ""


@dataclass(frozen=True, slots=True)
class TrunkRow:
    """A trunk in the database.

    ``needed_by`` is the sentence that names what is forced to it, empty if nothing is.
    """

    terms: Mapping[str, Any]
    managed_by: str
    password: str = field(repr=False)
    registration: str = ""
    calls: int = 0
    needed_by: str = ""


@dataclass(frozen=True, slots=True)
class TrunkWorld:
    """All that belongs to one trunk. ``credentials`` is None when there is no such Secret."""

    has_tenant: bool
    row: TrunkRow | None = None
    credentials: Mapping[str, str] | None = field(default=None, repr=False)
