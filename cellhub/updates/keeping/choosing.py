"""Which of the two tells of the updates, by the setting ``resources``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellhub.accounts.audit import Actor
from cellhub.updates.keeping import UpdateKeeping
from cellhub.updates.keeping.database import DatabaseUpdates

if TYPE_CHECKING:
    from pyramid.request import Request


def keeping_of(request: Request) -> UpdateKeeping:
    """Where updates are found; to be asked in a block that sees the platform."""
    registry = request.registry
    if not registry.cluster:
        return DatabaseUpdates(request.dbsession)
    # It needs package kubernetes, which is there where the setting says so.
    from cellhub.updates.keeping.cluster import ClusterUpdates  # noqa: PLC0415

    actor, key = Actor.of(request.identity), registry.cellhub.release_key
    return ClusterUpdates(registry.cluster, request.dbsession, actor, registry.namespaces, key=key)
