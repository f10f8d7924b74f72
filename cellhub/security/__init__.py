"""Who somebody is, what they may see and what they may do.

A browser's cookie names a ticket in the database; the ticket names a log-in; the log-in
gives an :class:`~cellhub.security.identity.Identity` with a role and a scope. The scope
says which rows exist for it (:mod:`cellhub.db.scope`), the role says which deeds
(:mod:`cellhub.security.roles`). A view asks for one permission; a view that asks for
none is open to nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellhub.security.roles import Permission

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Make every view closed and every POST checked unless it says otherwise."""
    # The agent and the workers use this package too, and have no Pyramid.
    from cellhub.security.csrf import TicketCsrf  # noqa: PLC0415
    from cellhub.security.policy import TicketPolicy  # noqa: PLC0415

    config.set_security_policy(TicketPolicy())
    config.set_default_permission(Permission.NOBODY)
    config.set_csrf_storage_policy(TicketCsrf(secure=config.registry.cellhub.secure_cookies))
    config.set_default_csrf_options(require_csrf=True)
