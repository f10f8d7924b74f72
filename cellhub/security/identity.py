"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass

from cellhub.db.scope import Scope
from cellhub.security.roles import Permission, Role, permissions_of


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """A tenant that a superadmin may work in."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in person.

    ``tenant_id`` is where they work: their own tenant, or the one a superadmin chose
    among ``tenants``. ``login_tenant_id`` is where their log-in is kept.
    """

    login_id: int
    login_tenant_id: int
    role: Role
    tenant_id: int
    account_id: int | None
    name: str
    email: str
    currency: str
    time_zone: str
    tenant_name: str
    tenants: tuple[TenantChoice, ...] = ()

    @property
    def scope(self) -> Scope:
        """The rows that exist for this person."""
        if self.account_id is None:
            return Scope.of_tenant(self.tenant_id)
        return Scope.of_account(self.tenant_id, self.account_id)

    @property
    def initials(self) -> str:
        """Two letters for the account mark."""
        words = self.name.split() or [self.email]
        return "".join(word[0] for word in words[:2]).upper()

    def may(self, permission: Permission) -> bool:
        """Tell whether the role grants ``permission``."""
        return permission in permissions_of(self.role)
