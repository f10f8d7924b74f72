"""SIP users: what phones sign in with, who owns them, and who is online.

The softswitch reads them straight from the database, through views that show no more than
it needs; what changes here holds from the next registration or call on. A secret is
generated, shown once and then known only as the digests of :mod:`cellhub.switch.digest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Put the SIP users into the tree."""
    # The agent uses this room's models and has no Pyramid.
    from cellhub.sip.resources import SipUsers  # noqa: PLC0415

    config.add_container(SipUsers)
    config.scan("cellhub.sip.views")
