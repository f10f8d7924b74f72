"""The User History: audit entries as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from cellhub.accounts.models import AuditEntry

DEEDS = {
    ("account", "create"): ("user", "User created"),
    ("account", "change"): ("edit", "User changed"),
    ("account", "password"): ("key", "New password"),
    ("account", "credit"): ("arrow-down-left", "Credit added"),
    ("account", "alarm"): ("bell-ringing", "Alarm of the fraud brake"),
    ("account", "freeze"): ("lock", "Stopped by the fraud brake"),
    ("account", "thaw"): ("check", "Let call again"),
    ("sip_user", "create"): ("phone", "SIP user created"),
    ("sip_user", "change"): ("edit", "SIP user changed"),
    ("sip_user", "secret"): ("key", "New SIP password"),
    ("sip_user", "delete"): ("trash", "SIP user deleted"),
    ("login", "change"): ("user", "Profile changed"),
    ("login", "password"): ("key", "Own password changed"),
}

FIELDS = {
    "payment_mode": "Payment",
    "low_credit": "Low-credit threshold",
    "sip_user_limit": "SIP account limit",
    "caller_id_name": "Caller ID name",
    "caller_id_number": "Caller ID number",
    "nat": "NAT",
    "rate_deck": "Rate Deck",
}


NONE = "none"
"""How an empty value is written."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after, in words."""

    field: str
    old: str
    new: str


def icon_of(entry: AuditEntry) -> str:
    """The icon of a deed."""
    return _deed(entry)[0]


def title_of(entry: AuditEntry) -> str:
    """What was done, in a few words; a SIP user is named, since a user may own many."""
    words = _deed(entry)[1]
    return f"{words}: {entry.object_name}" if entry.object_kind == "sip_user" else words


def _deed(entry: AuditEntry) -> tuple[str, str]:
    known = DEEDS.get((entry.object_kind, entry.action))
    return known or ("edit", f"{entry.object_kind.replace('_', ' ').capitalize()}: {entry.action}")


def changes_in(entry: AuditEntry) -> list[Change]:
    """The fields of an entry that changed, in words."""
    return [
        Change(_field(name), _value(old), _value(new)) for name, (old, new) in sorted(entry.changes.items())
    ]


def _field(name: str) -> str:
    return FIELDS.get(name, name.replace("_", " ").capitalize())


def _value(value: Any) -> str:
    if value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def with_names(session: Session, changes: dict[str, Any], references: Mapping[str, Any]) -> dict[str, Any]:
    """Replace the ids of changed references by the names they have now: ``plan_id`` to ``plan``.

    A history that says 3 became 5 tells nobody anything once the row is gone.
    """
    named = {field: pair for field, pair in changes.items() if field not in references}
    for field, model in references.items():
        if field in changes:
            named[field.removesuffix("_id")] = [_name(session, model, id_) for id_ in changes[field]]
    return named


def _name(session: Session, model: Any, id_: int | None) -> str | None:
    if id_ is None:
        return None
    return session.scalar(select(model.name).where(model.id == id_)) or str(id_)


def entries_of(account_id: int) -> Select[AuditEntry]:
    """What was done to an account and to what it owns."""
    return select(AuditEntry).where(AuditEntry.account_id == account_id)
