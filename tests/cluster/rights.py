"""What an account may do, as the API server itself tells it: the golden lists are of this shape."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

from kubernetes.client import (
    ApiClient,
    AuthorizationV1Api,
    V1SelfSubjectRulesReview,
    V1SelfSubjectRulesReviewSpec,
)

EVERYBODYS = ("authorization.k8s.io", "authentication.k8s.io")


def rights_of(account: ApiClient, namespace: str) -> dict[str, str]:
    """Return the verbs by ``RESOURCE.GROUP``, and by the names behind it where only these may be touched.

    What everybody may ask about itself is left out.
    """
    review = V1SelfSubjectRulesReview(spec=V1SelfSubjectRulesReviewSpec(namespace=namespace))
    found = AuthorizationV1Api(account).create_self_subject_rules_review(review).status
    verbs: dict[str, set[str]] = defaultdict(set)
    for rule in found.resource_rules:
        for group, resource in product(rule.api_groups, rule.resources):
            if group not in EVERYBODYS:
                named = [".".join(filter(None, (resource, group))), *(rule.resource_names or ())]
                verbs[" ".join(named)] |= set(rule.verbs)
    return {what: " ".join(sorted(may)) for what, may in verbs.items()}
