"""The filters of the SIP user list."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, not_, or_

from cellhub.db.ids import read_id
from cellhub.sip.contacts import is_online
from cellhub.sip.models import DYNAMIC, SipUser
from cellhub.web.lists import Filter

STATES = ("online", "offline", "ip", "disabled")
_WORDS = {"online": "Online", "offline": "Offline", "ip": "IP", "disabled": "Disabled"}


def sip_user_filters(owners: Sequence[tuple[int, str]]) -> tuple[Filter, ...]:
    """Filters by name or number and state; by owner where there are several."""
    filters = (
        Filter("name", "Name or number", _name, show=lambda typed: f"has {typed}"),
        Filter(
            "state",
            "SIP Status",
            _state,
            choices=tuple(_WORDS.items()),
            show=lambda typed: _WORDS.get(typed, typed),
        ),
    )
    if len(owners) < 2:  # noqa: PLR2004 - one owner is no choice
        return filters
    names = {str(id_): name for id_, name in owners}
    owner = Filter(
        "owner", "Owner", _owner, choices=tuple(names.items()), show=lambda typed: names.get(typed, typed)
    )
    return (*filters, owner)


def _name(typed: str) -> ColumnElement[bool]:
    return or_(
        SipUser.username.icontains(typed, autoescape=True),
        SipUser.caller_id_number.contains(typed, autoescape=True),
        SipUser.caller_id_name.icontains(typed, autoescape=True),
    )


def _state(typed: str) -> ColumnElement[bool]:
    if typed not in STATES:
        raise ValueError(f"Choose one of {', '.join(_WORDS.values())}.")
    registers = and_(SipUser.enabled, SipUser.host == DYNAMIC)
    return {
        "online": and_(registers, is_online()),
        "offline": and_(registers, not_(is_online())),
        "ip": and_(SipUser.enabled, SipUser.host != DYNAMIC),
        "disabled": not_(SipUser.enabled),
    }[typed]


def _owner(typed: str) -> ColumnElement[bool]:
    wanted = read_id(typed)
    if wanted is None:
        raise ValueError("Choose an owner in the list.")
    return SipUser.account_id == wanted
