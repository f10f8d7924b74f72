"""The first admin's log-in, for whoever made the tenant to read."""

from __future__ import annotations

from cellhub_operator.objects.configuration import encoded
from cellhub_operator.objects.names import ADMIN, admin_name, manifest
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.specs.shapes import Shape

EMAIL, PASSWORD = "email", "password"


def admin_secret(tenant: TenantSpec, password: str) -> Shape:
    """Build the Secret; it is made once, and what the admin changes afterwards is not in it."""
    data = {EMAIL: encoded(tenant.admin_email), PASSWORD: encoded(password)}
    name = admin_name(tenant.name)
    return manifest("v1", "Secret", tenant.origin, name, ADMIN, type="Opaque", data=data)
