"""Whether an object is as we want it, in the fields that are ours."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cellhub_operator.specs.shapes import Shape

APPLIED = "cellhub.io/applied"
# An update of these is refused, so an existing object keeps what it has.
FIXED = {"StatefulSet": ("serviceName", "selector", "podManagementPolicy", "volumeClaimTemplates")}


def wanted_of(manifest: Shape, observed: Shape | None) -> Shape:
    """What is to be applied: the manifest as it can still be, with a note of what was wanted.

    By the note a field of ours that goes away is noticed too. It says nothing of the fixed fields:
    those come back from the API server with its defaults, and would make it another one at once.
    """
    names = FIXED.get(manifest["kind"], ())
    if not names:
        return _stamped(manifest, manifest)
    free = {name: value for name, value in manifest["spec"].items() if name not in names}
    kept = (observed or manifest)["spec"]
    fixed = {name: kept[name] for name in names if name in kept}
    return _stamped(manifest | {"spec": free | fixed}, manifest | {"spec": free})


def _stamped(manifest: Shape, noted: Shape) -> Shape:
    text = json.dumps(noted, sort_keys=True)
    stamp = {APPLIED: hashlib.sha256(text.encode()).hexdigest()[:16]}
    metadata = manifest["metadata"]
    annotations = metadata.get("annotations", {}) | stamp
    return manifest | {"metadata": metadata | {"annotations": annotations}}


def holds(observed: Any, wanted: Any) -> bool:
    """Say whether ``observed`` has every field of ``wanted``; what others added to it does not matter."""
    if isinstance(wanted, dict):
        return isinstance(observed, dict) and all(
            name in observed and holds(observed[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(observed, list) and len(observed) == len(wanted) and all(map(holds, observed, wanted))
        )
    return bool(observed == wanted)
