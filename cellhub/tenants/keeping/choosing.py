"""Which of the two keeps the tenants, by the setting ``resources``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellhub.accounts.audit import Actor
from cellhub.tenants.keeping import TenantKeeping
from cellhub.tenants.keeping.database import DatabaseTenants

if TYPE_CHECKING:
    from pyramid.request import Request


def keeping_of(request: Request) -> TenantKeeping:
    """Where tenants are kept; to be asked in a block that sees the platform."""
    session, actor, registry = request.dbsession, Actor.of(request.identity), request.registry
    if not registry.cluster:
        return DatabaseTenants(session, actor)
    # It needs package kubernetes, which is there where the setting says so.
    from cellhub.tenants.keeping.cluster import ClusterTenants  # noqa: PLC0415

    return ClusterTenants(registry.cluster, session, actor, registry.namespaces)
