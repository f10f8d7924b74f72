"""A tenant's terms as the spec of a Tenant, and back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

PLACES: dict[str, tuple[str, ...]] = {
    "name": ("displayName",),
    "sip_domain": ("sipDomain",),
    "admin_email": ("adminEmail",),
    "currency": ("currency",),
    "time_zone": ("timeZone",),
    "max_calls": ("limits", "maxCalls"),
    "calls_per_second": ("limits", "callsPerSecond"),
    "sip_user_limit": ("limits", "sipUsers"),
    "replicas": ("asterisk", "replicas"),
    "image": ("asterisk", "image"),
    "cpu": ("asterisk", "resources", "cpu"),
    "memory": ("asterisk", "resources", "memory"),
    "rtp_first": ("asterisk", "rtpRange", "first"),
    "rtp_last": ("asterisk", "rtpRange", "last"),
    "exposure": ("asterisk", "exposure"),
    "janus": ("janus", "enabled"),
    "janus_replicas": ("janus", "replicas"),
    "suspended": ("suspended",),
    "policy": ("deletionPolicy",),
}
"""Terms, and where the spec has them."""

FIELDS = {
    **{".".join(("spec", *place)): term for term, place in PLACES.items()},
    "metadata.name": "slug",
    "spec.asterisk.rtpRange": "rtp_first",
    "<nil>": "slug",  # so the API server calls the whole resource, whose one rule is about its name
}
"""Fields of the form by their places in the manifest."""


def spec_of(terms: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a spec that holds these terms."""
    spec: dict[str, Any] = {}
    for term, value in terms.items():
        *above, last = PLACES[term]
        inner = reduce(lambda part, name: part.setdefault(name, {}), above, spec)
        inner[last] = value
    return spec


def terms_of(spec: Mapping[str, Any]) -> dict[str, Any]:
    """All terms of a spec; the API server has put in the defaults."""
    return {term: reduce(lambda part, name: part[name], place, spec) for term, place in PLACES.items()}
