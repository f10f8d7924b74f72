"""What the API server was asked to change, from its own log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.cluster.kubernetes.certificates import OPERATOR

GUARD = "leases"
"""The one object that its holder writes again and again, whatever happens."""


class Write(NamedTuple):
    """One request that could change something, such as ``patch tenants/status north``."""

    verb: str
    resource: str
    name: str


def writes(log: Path, namespace: str, user: str = OPERATOR) -> list[Write]:
    """All that ``user`` tried to write in a namespace, in its order; its Lease is left out."""
    found = (one for one in _events(log) if one["user"]["username"] == user)
    return [
        _write(one["verb"], one["objectRef"])
        for one in found
        if one["objectRef"].get("namespace") == namespace and one["objectRef"]["resource"] != GUARD
    ]


def _write(verb: str, what: dict[str, Any]) -> Write:
    resource = "/".join(filter(None, (what["resource"], what.get("subresource"))))
    return Write(verb, resource, what.get("name", ""))


def _events(log: Path) -> Iterator[dict[str, Any]]:
    """The log's events; of a line that is just being written nothing is told."""
    with log.open() as lines:
        for line in lines:
            if line.endswith("\n"):
                yield json.loads(line)
