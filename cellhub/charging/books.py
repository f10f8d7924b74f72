"""The books of one tenant: run the charging statements in its scope."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from cellhub.charging import statements
from cellhub.charging.connections import Connections, Row
from cellhub.db.roles import switch_login
from cellhub.db.scope import DatabaseRole, Scope


class UnknownTenant(Exception):
    """No softswitch is tied to a tenant of this slug."""


class Books:
    """One tenant's calls and money.

    The tenant is looked up when first needed: an agent may start before its database.
    """

    def __init__(self, connections: Connections, slug: str) -> None:
        self.connections = connections
        self._slug = slug

    @cached_property
    def tenant_id(self) -> int:
        """The tenant that the Asterisk of the slug serves.

        Raises:
            UnknownTenant: the slug is wrong, or its softswitch was never set up.
        """
        nobody = Scope(DatabaseRole.APPLICATION).settings
        values = nobody | {"login": switch_login(self._slug).name}
        [(tenant_id,)] = self.connections.run(statements.TENANT, values)
        if tenant_id is None:
            raise UnknownTenant(f"CELLHUB_TENANT: no softswitch serves a tenant {self._slug!r}.")
        return int(tenant_id)

    @cached_property
    def scope(self) -> dict[str, Any]:
        """The values by which every statement enters the tenant's scope."""
        return {**Scope.charging(self.tenant_id).settings, "tenant_id": self.tenant_id}

    def run(self, statement: str, values: Mapping[str, Any]) -> list[Row]:
        """Run a statement in the tenant's scope."""
        return self.connections.run(statement, {**self.scope, **values})


class SessionBooks(Books):
    """The same books in the transaction of a session whose scope is a tenant: its caller commits."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._scope: Scope = session.info["scope"]

    @cached_property
    def tenant_id(self) -> int:
        """The tenant of the session's scope."""
        assert self._scope.tenant_id is not None
        return self._scope.tenant_id

    @cached_property
    def scope(self) -> dict[str, Any]:
        """The values by which every statement stays in the session's scope."""
        return {**self._scope.settings, "tenant_id": self.tenant_id}

    def run(self, statement: str, values: Mapping[str, Any]) -> list[Row]:
        """Run a statement in the session's transaction."""
        self._session.flush()
        rows = self._session.connection().exec_driver_sql(statement, {**self.scope, **values, "again": False})
        return [tuple(row) for row in rows]
