"""A trunk's terms as the spec of a Trunk, and back; the operator reads the spec by the same names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellhub.domain.numbers import CallerId

COLUMNS = {
    "provider": "provider",
    "host": "host",
    "port": "port",
    "transport": "transport",
    "max_channels": "maxChannels",
    "calls_per_second": "callsPerSecond",
    "strip_prefix": "stripPrefix",
    "add_prefix": "addPrefix",
    "caller_id": "callerId",
    "ring_seconds": "ringSeconds",
    "priority": "priority",
    "active": "enabled",
}
"""Terms that the spec has under another name."""

DECIDED = (*COLUMNS, "codecs", "register")
"""The columns of a trunk's row that its spec decides; the username comes with the credentials."""

REGISTERS = {True: "register", False: "ip"}
FIELDS = {
    **{f"spec.{name}": term for term, name in COLUMNS.items()},
    "metadata.name": "name",
    "spec.codecs": "codecs",
    "spec.authentication": "authentication",
    "spec.credentialsSecretRef": "password",
}
"""Fields of the form by their places in the manifest."""


def spec_of(terms: Mapping[str, Any]) -> dict[str, Any]:
    """The spec, but for the tenant and the credentials."""
    return {name: terms[term] for term, name in COLUMNS.items()} | {
        "codecs": terms["codecs"].split(","),
        "authentication": REGISTERS[terms["register"]],
    }


def terms_of(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The terms but for the username, which is in a Secret; a caller ID as the form writes one."""
    return {term: spec[name] for term, name in COLUMNS.items()} | {
        "codecs": ",".join(spec["codecs"]),
        "register": spec["authentication"] == REGISTERS[True],
        "caller_id": str(CallerId.parse(spec["callerId"])) if spec["callerId"] else "",
    }
