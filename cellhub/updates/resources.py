"""Updates in the tree."""

from __future__ import annotations

from cellhub.tree import PlatformContainer, PlatformResource


class UpdatePlace(PlatformResource):
    """One update, by the id of its row or by NAMESPACE.NAME of its resource."""


class Updates(PlatformContainer):
    """All updates of the platform."""

    name = "updates"
    resource = UpdatePlace
