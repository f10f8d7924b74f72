"""Tenants in the tree."""

from __future__ import annotations

from cellhub.tree import PlatformContainer, PlatformResource


class TenantPlace(PlatformResource):
    """One tenant, by its slug or by NAMESPACE.NAME of its resource."""


class Tenants(PlatformContainer):
    """All tenants of the platform."""

    name = "tenants"
    resource = TenantPlace
