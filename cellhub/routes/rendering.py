"""The trunks and fixed-address peers of a tenant as the softswitch's renderer takes them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.db.tenancy import Tenant
from cellhub.routes.models import Trunk
from cellhub.security.crypto import SecretBox
from cellhub.sip.models import DYNAMIC, SipUser
from cellhub.switch.render import Peer
from cellhub.switch.render import Trunk as RenderedTrunk


def trunks_to_render(session: Session, box: SecretBox) -> tuple[RenderedTrunk, ...]:
    """The active trunks in the session's scope, their passwords opened."""
    rows = session.scalars(select(Trunk).where(Trunk.active).order_by(Trunk.name))
    return tuple(_trunk(row, box) for row in rows)


def peers_to_render(session: Session) -> tuple[Peer, ...]:
    """The SIP users in the session's scope that are known by their address."""
    fixed = select(SipUser).where(SipUser.enabled, SipUser.host != DYNAMIC).order_by(SipUser.username)
    return tuple(Peer(username=row.username, hosts=(row.host,)) for row in session.scalars(fixed))


def _trunk(row: Trunk, box: SecretBox) -> RenderedTrunk:
    return RenderedTrunk(
        name=row.name,
        host=row.host,
        port=row.port,
        transport=row.transport,
        username=row.username,
        secret=box.open(row.secret) if row.secret else "",
        register=row.register,
        codecs=tuple(row.codecs.split(",")),
        # A trunk that did not answer a while ago is still tried: its code decides on the next.
        qualify_seconds=0,
    )


def is_suspended(session: Session) -> bool:
    """Whether the tenant in the session's scope takes no new calls."""
    return bool(session.scalars(select(Tenant.suspended)).one())
