"""Write down who changed what; the manual's User History."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from cellhub.accounts.models import AuditEntry
from cellhub.security.identity import Identity

SECRET_FIELDS = frozenset({"secret", "password_hash", "digest_md5", "digest_sha256"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in person, or a process under its own name."""

    tenant_id: int
    name: str
    login_id: int | None = None
    account_id: int | None = None

    @classmethod
    def of(cls, identity: Identity) -> Actor:
        """The signed-in person as one who acts."""
        return cls(identity.tenant_id, identity.name, identity.login_id, identity.account_id)


def changes_of(row: Any, fields: Iterable[str]) -> dict[str, Any]:
    """What is about to change in ``row``: field to [old, new]; a secret shows only that it changed."""
    state = inspect(row)
    changed = {}
    for field in fields:
        history = state.attrs[field].history
        if history.has_changes() and history.deleted:
            shown = (
                ("•", "•")
                if field in SECRET_FIELDS
                else (_plain(history.deleted[0]), _plain(history.added[0]))
            )
            changed[field] = list(shown)
    return changed


def record(
    session: Session,
    actor: Actor,
    action: str,
    row: Any,
    *,
    name: str,
    account_id: int | None,
    changes: dict[str, Any] | None = None,
) -> None:
    """Add one entry to the history of ``row`` (``name`` is how people know it)."""
    session.add(
        AuditEntry(
            tenant_id=actor.tenant_id,
            account_id=account_id,
            actor_id=actor.login_id,
            actor=actor.name,
            action=action,
            object_kind=row.__tablename__,
            object_id=str(row.id),
            object_name=name,
            changes=changes or {},
        )
    )


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int) else str(value)


def record_deed(
    session: Session,
    actor: Actor,
    action: str,
    object_kind: str,
    object_name: str,
    *,
    changes: dict[str, Any] | None = None,
) -> None:
    """Add an entry about many rows at once, which belong to no single account."""
    session.add(
        AuditEntry(
            tenant_id=actor.tenant_id,
            account_id=actor.account_id,
            actor_id=actor.login_id,
            actor=actor.name,
            action=action,
            object_kind=object_kind,
            object_id="",
            object_name=object_name,
            changes=changes or {},
        )
    )
