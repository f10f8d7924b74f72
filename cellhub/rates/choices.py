"""What selects and filters of rates offer: rows of the reader's own scope alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.rates.forms import RateForm
from cellhub.rates.models import RateDeck
from cellhub.rates.resources import decks_within
from cellhub.routes.models import Trunk
from cellhub.security.identity import Identity
from cellhub.security.roles import Permission

if TYPE_CHECKING:
    from pyramid.request import Request

Choices = list[tuple[int, str]]


def decks(session: Session, identity: Identity) -> Choices:
    """The decks that exist for a reader."""
    found = decks_within(identity.scope).order_by(RateDeck.name)
    return [(deck.id, deck.name) for deck in session.scalars(found)]


def trunks(session: Session, identity: Identity) -> Choices:
    """The trunks of the tenant, for who may see any."""
    if not identity.may(Permission.TRUNKS):
        return []
    found = select(Trunk.id, Trunk.name).where(Trunk.tenant_id == identity.tenant_id).order_by(Trunk.name)
    return [(row[0], row[1]) for row in session.execute(found)]


def rate_form(request: Request, values: Any) -> RateForm:
    """The form of a rate, filled from a row or from a few values."""
    source = {"data": values} if isinstance(values, dict) else {"obj": values}
    form = RateForm(request.POST or None, **source)
    form.deck_id.offer(decks(request.dbsession, request.identity))
    form.trunk_id.offer(trunks(request.dbsession, request.identity))
    return form
