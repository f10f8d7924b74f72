"""Who is online: the contacts that Asterisk keeps while a phone is registered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from sqlalchemy import ColumnElement, and_, column, exists, func, select, table
from sqlalchemy.orm import Session

from cellhub.sip.models import DYNAMIC, SipUser

# Asterisk writes the table; the portal only reads it, so it is no model of ours.
CONTACTS = table(
    "ps_contacts",
    column("tenant_id"),
    column("endpoint"),
    column("uri"),
    column("user_agent"),
    column("via_addr"),
    column("expiration_time"),
    schema="switch",
)


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a phone can be reached until ``until``, and what it calls itself."""

    address: str
    user_agent: str
    until: dt.datetime


def _current() -> ColumnElement[bool]:
    """A phone that went away without a word leaves a row that has run out."""
    return CONTACTS.c.expiration_time > func.extract("epoch", func.now())


def is_online() -> ColumnElement[bool]:
    """The SIP user of the query is registered."""
    return exists().where(
        CONTACTS.c.tenant_id == SipUser.tenant_id, CONTACTS.c.endpoint == SipUser.username, _current()
    )


def contacts_of(session: Session, sip_users: Sequence[SipUser]) -> dict[int, list[Contact]]:
    """The current contacts of some SIP users by their ids, the latest first."""
    query = (
        select(SipUser.id, CONTACTS.c.uri, CONTACTS.c.user_agent, CONTACTS.c.expiration_time)
        .join(
            CONTACTS,
            and_(CONTACTS.c.tenant_id == SipUser.tenant_id, CONTACTS.c.endpoint == SipUser.username),
        )
        .where(SipUser.id.in_([one.id for one in sip_users]), _current())
        .order_by(CONTACTS.c.expiration_time.desc())
    )
    found: dict[int, list[Contact]] = {one.id: [] for one in sip_users}
    for id_, uri, user_agent, expires in session.execute(query):
        found[id_].append(
            Contact(_address(uri), user_agent or "", dt.datetime.fromtimestamp(expires, dt.UTC))
        )
    return found


def _address(uri: str) -> str:
    """Host and port of ``sip:user@host:port;params``; Asterisk escapes the semicolons in its rows."""
    plain = unquote((uri or "").replace("^3B", ";"))
    return plain.partition(";")[0].rpartition("@")[2].removeprefix("sip:")


def state_of(sip_user: SipUser, contacts: Sequence[Contact]) -> str:
    """The word for it; a peer with a fixed address never registers, and is not offline for it."""
    if not sip_user.enabled:
        return "Disabled"
    if sip_user.host != DYNAMIC:
        return "IP"
    return "Online" if contacts else "Offline"
