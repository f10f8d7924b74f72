"""Which of the two keeps a trunk, by the setting ``resources`` and by the row's mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellhub.accounts.audit import Actor
from cellhub.db.tenancy import Tenant
from cellhub.routes.keeping import TrunkKeeping
from cellhub.routes.keeping.database import DatabaseTrunks
from cellhub.routes.models import Trunk

if TYPE_CHECKING:
    from pyramid.request import Request


def keeping_of(request: Request, row: Trunk | None = None) -> TrunkKeeping:
    """Where a trunk is kept; without a ``row``, where a new one would be.

    A tenant without a resource has its trunks in the database, and so has a row without one.
    """
    session, actor = request.dbsession, Actor.of(request.identity)
    registry = request.registry
    key_file = registry.cellhub.secret_key_file
    tenant = session.get_one(Tenant, actor.tenant_id).managed_by if registry.cluster else ""
    if not tenant or (row is not None and not row.managed_by):
        return DatabaseTrunks(session, actor, key_file)
    # It needs package kubernetes, which is there where the setting says so.
    from cellhub.routes.keeping.cluster import ClusterTrunks  # noqa: PLC0415

    return ClusterTrunks(registry.cluster, session, actor, tenant=tenant, key_file=key_file)
