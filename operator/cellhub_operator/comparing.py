"""Whether an object is as we want it, in the fields that are ours."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cellhub_operator.specs.shapes import Shape

APPLIED = "cellhub.io/applied"
# An update of these is refused, so an existing object keeps what it has.
FIXED = {"StatefulSet": ("serviceName", "selector", "podManagementPolicy", "volumeClaimTemplates")}


def stamped(manifest: Shape) -> Shape:
    """Note in the object what was applied, so that a field of ours that goes away is noticed too."""
    text = json.dumps(manifest, sort_keys=True)
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


def with_fixed_fields(wanted: Shape, observed: Shape | None) -> Shape:
    """Take over from ``observed`` what cannot be changed any more."""
    names = FIXED.get(wanted["kind"], ())
    if observed is None or not names:
        return wanted
    fixed = {name: observed["spec"][name] for name in names if name in observed["spec"]}
    return wanted | {"spec": wanted["spec"] | fixed}
