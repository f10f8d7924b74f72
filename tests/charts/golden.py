"""Who may do what, by resource: a change of this list is a decision, not an accident."""

OPERATOR = {
    "tenants.cellhub.io": "get list patch watch",
    "trunks.cellhub.io": "get list patch watch",
    "updates.cellhub.io": "get list patch watch",
    "tenants/status.cellhub.io": "get patch",
    "trunks/status.cellhub.io": "get patch",
    "updates/status.cellhub.io": "get patch",
    "tenants/finalizers.cellhub.io": "update",
    "secrets": "create delete get patch",
    "configmaps": "create delete get patch",
    "services": "create delete get patch",
    "serviceaccounts": "create delete get patch",
    "statefulsets.apps": "create delete get patch",
    "deployments.apps": "create delete get patch",
    "poddisruptionbudgets.policy": "create delete get patch",
    "networkpolicies.networking.k8s.io": "create delete get patch",
    "pods": "delete list patch",
    "events": "create",
}
LEASE = {
    "leases.coordination.k8s.io": "create",
    "leases.coordination.k8s.io cellhub-operator": "get update",
}
STEPS = {
    "jobs.batch": "create get",
    "pods": "list",
}
"""What an Update's steps need, where the release is."""

PORTAL = {
    "updates.cellhub.io": "create delete get list",
    "configmaps": "create",
    "tenants.cellhub.io": "create delete get list patch",
    "trunks.cellhub.io": "create delete get list patch",
    "secrets": "create",
}
