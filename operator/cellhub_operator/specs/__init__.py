"""The resource definitions, pure builders: one file a kind, each with ``definition()``."""

from __future__ import annotations

from cellhub_operator.specs import tenant, trunk, update
from cellhub_operator.specs.shapes import Shape


def definitions() -> list[Shape]:
    """All of them, in the order in which they are to be applied."""
    return [tenant.definition(), trunk.definition(), update.definition()]
