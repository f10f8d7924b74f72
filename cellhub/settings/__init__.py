"""Settings: what a signed-in person decides about itself.

The rest of the manual's Settings (configuration, mail, administrators) is not here: this
room so far has one page, My Profile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Put the profile at the root."""
    config.scan("cellhub.settings.views")
