"""Read a resource as the API server gives it: whose it is, which state it was seen in, how it goes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

MANAGED_BY = "app.kubernetes.io/managed-by"
PORTAL = "cellhub-portal"
OURS = {MANAGED_BY: PORTAL}

GITOPS = (
    ("annotations", "argocd.argoproj.io/tracking-id", "Argo CD"),
    ("labels", "kustomize.toolkit.fluxcd.io/name", "Flux"),
    ("labels", "helm.toolkit.fluxcd.io/name", "Flux"),
    ("annotations", "meta.helm.sh/release-name", "Helm"),
)
"""Where tools write that a resource is theirs: they would undo what anybody else changes."""


READY, PROGRESSING, DEGRADED = "Ready", "Progressing", "Degraded"


@dataclass(frozen=True, slots=True)
class Condition:
    """One aspect of a resource's state, with a sentence for people.

    ``since`` is known of one that was read; the operator, which writes it, keeps the former time.
    """

    type: str
    holds: bool
    reason: str
    message: str
    since: dt.datetime | None = None

    @property
    def word(self) -> str:
        """The state in one word, as the portal's table of states has it."""
        return WORDS[self.type][self.holds]

    @property
    def is_trouble(self) -> bool:
        """Whether somebody has to do something."""
        return self.type == DEGRADED and self.holds


WORDS = {
    READY: ("Not ready", "Ready"),
    PROGRESSING: ("Settled", "In progress"),
    DEGRADED: ("No problem", "Degraded"),
}
"""All conditions, each with its word where it does not hold and where it does."""


def is_seen(resource: dict[str, Any]) -> bool:
    """Whether the operator has looked at the present spec."""
    seen = (resource.get("status") or {}).get("observedGeneration")
    return bool(seen == resource["metadata"]["generation"])


def conditions_of(resource: dict[str, Any]) -> tuple[Condition, ...]:
    """What the operator says of a resource; nothing while it has not looked at its present spec."""
    if not is_seen(resource):
        return ()
    status = resource["status"]
    return tuple(
        Condition(
            one["type"],
            one["status"] == "True",
            one["reason"],
            one["message"],
            dt.datetime.fromisoformat(one["lastTransitionTime"]),
        )
        for one in status.get("conditions") or ()
        if one["type"] in WORDS
    )


def mark_of(resource: dict[str, Any]) -> str:
    """How its rows name it in the database."""
    return f"{resource['metadata']['namespace']}/{resource['metadata']['name']}"


def version_of(resource: dict[str, Any]) -> str:
    """Another one after each change of the spec, and never again the same."""
    return f"{resource['metadata']['uid']}:{resource['metadata']['generation']}"


def is_ending(resource: dict[str, Any]) -> bool:
    """Whether somebody deleted it, and it ends step by step."""
    return "deletionTimestamp" in resource["metadata"]


def why_locked(resource: dict[str, Any]) -> str:
    """Say where a resource is to be changed; empty if the portal may change it."""
    kind, metadata = resource["kind"], resource["metadata"]
    if is_ending(resource):
        return f"Somebody deleted the {kind} {mark_of(resource)}: it ends as soon as nothing needs it."
    tool = next((tool for place, key, tool in GITOPS if key in (metadata.get(place) or {})), "")
    if tool:
        return f"The {kind} {mark_of(resource)} comes from {tool}: change it in what {tool} applies."
    if (metadata.get("labels") or {}).get(MANAGED_BY) == PORTAL:
        return ""
    edit = f"kubectl edit {kind.lower()} {metadata['name']} --namespace {metadata['namespace']}"
    return (
        f"The {kind} {mark_of(resource)} was made outside of the portal: change it in the file that it was "
        f"applied from, or by {edit}."
    )
