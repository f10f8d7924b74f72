"""Tenants whose row is the decision: the one of an installation on one machine."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import LockedError, RefusedError, changed_meanwhile
from cellhub.accounts.tenants import TenantTerms, put_tenant
from cellhub.cluster.resource import READY, Condition
from cellhub.db.tenancy import Tenant
from cellhub.telemetry.health import SILENT, spoken
from cellhub.tenants.keeping import Figures, Kept, Policy, Word
from cellhub.tenants.keeping.rows import calls_of, last_beats, tenant_of, tenants

TERMS = (
    "name",
    "sip_domain",
    "currency",
    "time_zone",
    "max_calls",
    "calls_per_second",
    "sip_user_limit",
    "suspended",
)
"""What a row decides; pods, images and ports are of a cluster."""

GONE = "It is not there any more."
ONE_MACHINE = (
    "This installation runs on one machine, with one softswitch for one tenant. {} needs Kubernetes: "
    "install the Helm chart with portal.manageResources."
)
MANAGED = "The Tenant {} manages it, and this portal writes no resources: change it by kubectl."


class DatabaseTenants:
    """The tenants as rows; ``session`` sees the whole platform."""

    namespaces: tuple[str, ...] = ()

    def __init__(self, session: Session, actor: Actor) -> None:
        self._session, self._actor = session, actor

    def all(self) -> tuple[Kept, ...]:
        """All tenants, by their names."""
        return kept_rows(self._session, tenants(self._session))

    def find(self, key: str) -> Kept | None:
        """Look at a tenant."""
        row = tenant_of(self._session, key)
        return kept_rows(self._session, [row])[0] if row else None

    def open(self, namespace: str, slug: str, terms: Mapping[str, Any]) -> str:
        """Refuse: there is no softswitch for another one."""
        raise RefusedError("", ONE_MACHINE.format("Another tenant"))

    def change(self, key: str, terms: Mapping[str, Any], version: str) -> None:
        """Change terms of the tenant that was seen in ``version``."""
        row = tenant_of(self._session, key, lock=True)
        if row is None:
            raise RefusedError("", GONE)
        (kept,) = kept_rows(self._session, [row])
        if kept.locked:
            raise LockedError("", kept.locked)
        if kept.version != version:
            raise changed_meanwhile(kept.version, kept.terms, terms)
        decided = {name: value for name, value in terms.items() if name in TERMS}
        put_tenant(self._session, self._actor.name, replace(TenantTerms.of(row), **decided))

    def end(self, key: str, policy: Policy) -> None:
        """Refuse: the installation is this tenant's."""
        raise RefusedError("", ONE_MACHINE.format("Ending a tenant"))


def kept_rows(session: Session, rows: list[Tenant]) -> tuple[Kept, ...]:
    """Rows as they are decided, each with its calls and its softswitch."""
    calls = calls_of(session, [row.id for row in rows])
    beats, now = last_beats(session), dt.datetime.now(dt.UTC)
    return tuple(_kept(row, calls.get(row.id, 0), _softswitch(beats.get(row.id), now)) for row in rows)


def _kept(row: Tenant, calls: int, softswitch: Condition) -> Kept:
    terms = {name: getattr(row, name) for name in TERMS}
    digest = hashlib.sha256(repr((terms, row.managed_by)).encode()).hexdigest()
    word = Word.READY if softswitch.holds else Word.NOT_SEEN
    return Kept(
        key=row.slug,
        slug=row.slug,
        terms=terms,
        version=digest[:16],
        since=row.created_at,
        word=Word.SUSPENDED if row.suspended else word,
        figures=Figures(version("cellhub") if softswitch.holds else "", calls),
        locked=MANAGED.format(row.managed_by) if row.managed_by else "",
        resource=row.managed_by,
        conditions=(softswitch,),
    )


def _softswitch(beat: dt.datetime | None, now: dt.datetime) -> Condition:
    if beat is None:
        return Condition(READY, False, "NeverSeen", "Its softswitch has never been seen.")
    if now - beat > SILENT:
        return Condition(
            READY, False, "Silent", f"No sign of life of its softswitch for {spoken(now - beat)}."
        )
    return Condition(READY, True, "Runs", "Its softswitch runs.")
