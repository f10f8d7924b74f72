"""The account of a tenant's pods: it may ask the API server nothing."""

from __future__ import annotations

from cellhub_operator.objects.names import manifest, switch_name
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.specs.shapes import Shape


def service_account(tenant: TenantSpec) -> Shape:
    """Build the ServiceAccount, without a token."""
    name = switch_name(tenant.name)
    return manifest("v1", "ServiceAccount", tenant.origin, name, automountServiceAccountToken=False)
