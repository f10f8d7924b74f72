"""Trunks whose row is the decision."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import RefusedError, changed_meanwhile
from cellhub.routes import services
from cellhub.routes.keeping import Kept
from cellhub.routes.models import Trunk

GONE = "Somebody deleted it since you opened this page."


class DatabaseTrunks:
    """The trunks of an actor's tenant; passwords are kept under the key of ``key_file``."""

    def __init__(self, session: Session, actor: Actor, key_file: Path) -> None:
        self._session, self._actor, self._key_file = session, actor, key_file

    def find(self, name: str) -> Kept | None:
        """Look at a trunk."""
        row = self._row(name)
        return _kept(row) if row else None

    def waiting(self, rows: Iterable[str]) -> tuple[Kept, ...]:
        """None: what is decided is a row."""
        return ()

    def open(self, name: str, terms: Mapping[str, Any], password: str) -> None:
        """Open a trunk."""
        services.open_trunk(
            self._session, self._actor, name=name, terms=terms, password=password, key_file=self._key_file
        )

    def change(self, name: str, terms: Mapping[str, Any], password: str, version: str) -> None:
        """Change the trunk that was seen in ``version``."""
        row = self._row(name, lock=True)
        if row is None:
            raise RefusedError("", GONE)
        kept = _kept(row)
        if not kept.locked and kept.version != version:
            raise changed_meanwhile(kept.version, kept.terms, terms)
        services.change_trunk(
            self._session, self._actor, row, terms=terms, password=password, key_file=self._key_file
        )

    def why_kept(self, name: str) -> str:
        """Say why a trunk cannot be deleted now."""
        row = self._row(name)
        return services.why_kept(self._session, row) if row else ""

    def delete(self, name: str) -> None:
        """Delete a trunk that carries no call."""
        row = self._row(name)
        if row is not None:
            services.delete_trunk(self._session, self._actor, row)

    def _row(self, name: str, *, lock: bool = False) -> Trunk | None:
        own = select(Trunk).where(Trunk.tenant_id == self._actor.tenant_id, Trunk.name == name)
        found = own.with_for_update().execution_options(populate_existing=True) if lock else own
        return self._session.scalar(found)


def terms_of(row: Trunk) -> dict[str, Any]:
    """What is decided about a trunk."""
    return {name: getattr(row, name) for name in services.TERMS}


def _kept(row: Trunk) -> Kept:
    terms = terms_of(row)
    digest = hashlib.sha256(repr((terms, row.managed_by, row.secret)).encode()).hexdigest()
    locked = services.MANAGED.format(row.managed_by) if row.managed_by else ""
    return Kept(row.name, terms, digest[:16], locked, row.managed_by, by_password=bool(row.username))
