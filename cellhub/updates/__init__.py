"""System Updates: a signed release brought to an installation, step by step, and back when it fails.

The rules are in :mod:`cellhub.domain.updates`. A world (one machine here, a cluster in the
operator) says what is seen and does what is decided; notes keep the step, in the database. The pages
show the notes, in a cluster as the resource Update has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Put the updates into the tree."""
    from cellhub.updates.resources import Updates  # noqa: PLC0415  the operator has no Pyramid

    config.add_platform_container(Updates)
    config.scan("cellhub.updates.views")
