"""Spec and world in, actions out: pure, so that every order of events can be tried in memory.

Each function looks at what there is, not at what happened. Where it was cut off does not
matter: the next look finds what is still missing.
"""

from cellhub_operator.reconcile.tenant import reconcile_tenant
from cellhub_operator.reconcile.tenant_end import end_tenant
from cellhub_operator.reconcile.trunk import end_trunk, reconcile_trunk

__all__ = ["end_tenant", "end_trunk", "reconcile_tenant", "reconcile_trunk"]
