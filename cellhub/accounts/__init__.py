"""Users: the customer accounts, their terms, their money's history and who changed what.

The manual calls a customer a user. A row is an :class:`~cellhub.db.tenancy.Account`; the
person who signs in for it is its log-in. A reseller's customers hang below it, and whoever
creates one never says where in the tree: the server works that out from who is asking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Put the users into the tree."""
    # The agent writes audit entries with this room and has no Pyramid.
    from cellhub.accounts.resources import Users  # noqa: PLC0415

    config.add_container(Users)
    config.scan("cellhub.accounts.views")
