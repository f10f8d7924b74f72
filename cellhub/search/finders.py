"""What can be found. Each finder asks in the reader's scope and is left out where the role may not look."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from cellhub.calls.models import Cdr
from cellhub.calls.services import shown
from cellhub.db.tenancy import Account
from cellhub.security.identity import Identity
from cellhub.security.models import Login
from cellhub.security.roles import Permission
from cellhub.sip.models import SipUser
from cellhub.tree.narrowing import narrow
from cellhub.web.filters import day_time
from cellhub.web.menu import menu_for

SHOWN = 8
SHORTEST = 2
LONGEST = 80
_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_CALL = re.compile(r"[0-9a-f]{8,32}")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: where it is, and a grey fact beside it. ``code`` is written in mono."""

    title: str
    href: str
    fact: str = ""
    code: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one kind, and the list that has all of them."""

    title: str
    icon: str
    hits: list[Hit]
    href: str = ""


def users(session: Session, identity: Identity, wanted: str) -> list[Hit]:
    """Customers by name or email."""
    with_email = select(Login.tenant_id, Login.account_id).where(
        Login.email.icontains(wanted, autoescape=True)
    )
    found = narrow(select(Account), Account, identity.scope).where(
        or_(
            Account.name.icontains(wanted, autoescape=True),
            tuple_(Account.tenant_id, Account.id).in_(with_email),
        ),
        Account.id != (identity.account_id or 0),
    )
    rows = session.scalars(found.order_by(Account.name, Account.id).limit(SHOWN))
    return [Hit(one.name, f"/users/{one.id}", str(one.kind)) for one in rows]


def sip_users(session: Session, identity: Identity, wanted: str) -> list[Hit]:
    """SIP users by name or caller id."""
    found = narrow(select(SipUser), SipUser, identity.scope).where(
        or_(
            SipUser.username.icontains(wanted, autoescape=True),
            SipUser.caller_id_number.contains(wanted, autoescape=True),
            SipUser.caller_id_name.icontains(wanted, autoescape=True),
        )
    )
    rows = session.scalars(found.order_by(SipUser.username, SipUser.id).limit(SHOWN))
    return [Hit(one.username, f"/sip-users/{one.id}", one.caller_id_number, code=True) for one in rows]


def numbers(session: Session, identity: Identity, wanted: str) -> list[Hit]:
    """Dialled numbers by their first digits."""
    digits = wanted.removeprefix("+")
    if not _NUMBER.fullmatch(wanted):
        return []
    called = narrow(select(Cdr.number, Cdr.destination), Cdr, identity.scope).where(
        Cdr.number.startswith(digits), shown(identity.scope)
    )
    rows = session.execute(called.distinct().order_by(Cdr.number).limit(SHOWN))
    return [Hit(number, f"/cdr?destination={number}", name, code=True) for number, name in rows]


def calls(session: Session, identity: Identity, wanted: str) -> list[Hit]:
    """Calls by the beginning of their id, or by what their id in a log or ledger says."""
    wanted = wanted.removeprefix("call:").lower()
    if not _CALL.fullmatch(wanted):
        return []
    found = narrow(select(Cdr), Cdr, identity.scope).where(
        Cdr.call_id.startswith(wanted), shown(identity.scope)
    )
    rows = session.scalars(found.order_by(Cdr.started_at.desc()).limit(SHOWN))
    return [_call(one, identity) for one in rows]


def _call(cdr: Cdr, identity: Identity) -> Hit:
    when = day_time(cdr.started_at, identity.time_zone)
    return Hit(cdr.call_id, f"/cdr/{cdr.call_id}", f"{cdr.sip_user} to {cdr.number}, {when}", code=True)


def pages(_session: Session, identity: Identity, wanted: str) -> list[Hit]:
    """Pages of the reader's menu by their title."""
    groups = menu_for(identity, "")
    hits = [Hit(group.title, group.href, group.title) for group in groups if group.href]
    hits += [Hit(item.title, item.href, group.title) for group in groups for item in group.items]
    return [hit for hit in hits if wanted.lower() in hit.title.lower()]


Finder = Callable[[Session, Identity, str], list[Hit]]

FINDERS: tuple[tuple[str, str, Permission, str, Finder], ...] = (
    ("Pages", "file", Permission.PROFILE, "", pages),
    ("Users", "users", Permission.USERS, "/users?name=", users),
    ("SIP Users", "phone", Permission.SIP_USERS, "/sip-users?name=", sip_users),
    ("Numbers", "hash", Permission.CDR, "/cdr?destination=", numbers),
    ("Calls", "clipboard-data", Permission.CDR, "", calls),
)
"""Title, icon, permission, the list that filters by the same words, and how to find."""


def find(session: Session, identity: Identity, wanted: str) -> list[Group]:
    """Everything of every kind that matches, kinds without a hit left out."""
    groups: list[Any] = []
    for title, icon, permission, listed, finder in FINDERS:
        hits = finder(session, identity, wanted) if identity.may(permission) else []
        if hits:
            groups.append(Group(title, icon, hits, listed if len(hits) == SHOWN else ""))
    return groups
