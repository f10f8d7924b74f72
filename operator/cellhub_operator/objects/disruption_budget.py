"""How many pods a drained node may take at a time."""

from __future__ import annotations

from cellhub_operator.objects.names import SWITCH, manifest, selector, switch_name
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.specs.shapes import Shape


def disruption_budget(tenant: TenantSpec) -> Shape:
    """Build the PodDisruptionBudget: one pod at a time, and one that does not work at any time."""
    spec = {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": selector(tenant.name, SWITCH)},
    }
    return manifest("policy/v1", "PodDisruptionBudget", tenant.origin, switch_name(tenant.name), spec=spec)
