"""The second wall: which rows PostgreSQL shows to the running transaction.

A scope comes from an identity (or from a process's own settings), never from a URL.
Nothing is visible before a scope is entered: the policies compare with settings that
are then empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

PLATFORM_TENANT = 0
"""Owner of what belongs to no tenant: superadmins and the platform's own processes."""


class DatabaseRole(StrEnum):
    """The roles of rights. Logins are members of them and have no rights of their own."""

    OWNER = "cellhub_owner"
    APPLICATION = "cellhub_app"
    CHARGING = "cellhub_charging"
    PLATFORM = "cellhub_platform"


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be seen: everything, one tenant, or one account and those below it.

    ``account_id`` is the root of the visible part of the account tree: a reseller sees
    itself and its clients, a client only itself.
    """

    role: DatabaseRole
    tenant_id: int | None = None
    account_id: int | None = None

    @classmethod
    def platform(cls) -> Scope:
        """See every tenant."""
        return cls(DatabaseRole.PLATFORM)

    @classmethod
    def of_tenant(cls, tenant_id: int) -> Scope:
        """See one tenant."""
        return cls(DatabaseRole.APPLICATION, tenant_id)

    @classmethod
    def charging(cls, tenant_id: int) -> Scope:
        """See what calls of one tenant are checked and charged by, and nothing else of it."""
        return cls(DatabaseRole.CHARGING, tenant_id)

    @classmethod
    def of_account(cls, tenant_id: int, account_id: int) -> Scope:
        """See one account and the accounts below it."""
        return cls(DatabaseRole.APPLICATION, tenant_id, account_id)

    @property
    def settings(self) -> dict[str, str]:
        """The values that the policies read; empty means none."""
        return {
            "role": self.role.value,
            "tenant": "" if self.tenant_id is None else str(self.tenant_id),
            "account": "" if self.account_id is None else str(self.account_id),
        }


# set_config with its third argument true lasts for the transaction, so nothing reaches
# the pool's next user. One statement, so that the charging path can send it together
# with its first query in one round trip.
ENTER_SQL = (
    "SELECT set_config('role', :role, true), "
    "set_config('cellhub.tenant_id', :tenant, true), "
    "set_config('cellhub.account_id', :account, true)"
)


def enter_scope(session: Session, scope: Scope) -> None:
    """Let the running transaction of ``session`` see ``scope`` and nothing else."""
    session.execute(text(ENTER_SQL), scope.settings)
    session.info["scope"] = scope


@contextmanager
def within(session: Session, scope: Scope) -> Iterator[None]:
    """Let the block see ``scope``, and what follows it what was seen before."""
    before: Scope = session.info["scope"]
    enter_scope(session, scope)
    yield
    # Not in a finally: after a failed statement the transaction is over, and takes the scope with it.
    session.flush()
    enter_scope(session, before)
