"""Which of the two tells of the updates, by the setting ``resources``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellhub.accounts.audit import Actor
from cellhub.environment import Settings
from cellhub.updates.keeping import UpdateKeeping
from cellhub.updates.keeping.database import DatabaseUpdates, Machine
from cellhub.updates.releases import RUN, Releases

if TYPE_CHECKING:
    from pyramid.request import Request


def keeping_of(request: Request) -> UpdateKeeping:
    """Where updates are found; to be asked in a block that sees the platform."""
    registry, actor = request.registry, Actor.of(request.identity)
    if not registry.cluster:
        return DatabaseUpdates(request.dbsession, _machine(registry.cellhub, actor))
    # It needs package kubernetes, which is there where the setting says so.
    from cellhub.updates.keeping.cluster import ClusterUpdates  # noqa: PLC0415

    key = registry.cellhub.release_key
    return ClusterUpdates(registry.cluster, request.dbsession, actor, registry.namespaces, key=key)


def _machine(settings: Settings, actor: Actor) -> Machine | None:
    """The one machine that runs here, if `cellhub run` has started it: it keeps releases."""
    releases = Releases(settings.home)
    return Machine(releases, settings.release_key, actor.name) if releases.of(RUN) else None
