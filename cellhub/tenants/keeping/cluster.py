"""Tenants whose resource is the decision: the same resource that ``kubectl apply`` makes.

Only in the namespaces that the installation keeps: one that an address or a form names is compared
with them before it reaches the API server.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor
from cellhub.accounts.in_cluster import noting, refusing
from cellhub.accounts.refusal import LockedError, RefusedError, changed_meanwhile
from cellhub.cluster import answers
from cellhub.cluster.client import TENANT, Cluster, Manifest
from cellhub.cluster.resource import (
    DEGRADED,
    OURS,
    PROGRESSING,
    READY,
    Condition,
    conditions_of,
    is_ending,
    mark_of,
    version_of,
    why_locked,
)
from cellhub.db.scope import PLATFORM_TENANT
from cellhub.tenants.keeping import Figures, Kept, Policy, Word
from cellhub.tenants.keeping.database import GONE, kept_rows
from cellhub.tenants.keeping.manifest import FIELDS, spec_of, terms_of
from cellhub.tenants.keeping.rows import tenant_of, tenants

ROUNDS = 5
"""Tries of one change: the operator writes the status of what we change the spec of."""

NAME_TAKEN = "A tenant has this name already; names are unique over all namespaces."
NO_SUCH_PLACE = "Choose one of the namespaces in the list."
KEPT_ROWS = (
    "No Tenant manages it: its books are kept, and it has no softswitch. "
    "A new tenant of the same name takes it up again."
)
ELSEWHERE = "The Tenant {} manages it, in a namespace that this portal does not keep: change it by kubectl."
KIND = "tenant"


class ClusterTenants:
    """The Tenants of ``namespaces``; ``session`` sees the whole platform."""

    def __init__(self, cluster: Cluster, session: Session, actor: Actor, namespaces: tuple[str, ...]) -> None:
        self._cluster, self._session, self.namespaces = cluster, session, namespaces
        # The platform decides about tenants; what comes of it the operator notes in the tenant's own history.
        self._actor = replace(actor, tenant_id=PLATFORM_TENANT, account_id=None)

    def all(self) -> tuple[Kept, ...]:
        """All Tenants, and the rows that none of them manages, by their names."""
        with refusing(FIELDS):
            found = [one for place in self.namespaces for one in self._cluster.all(TENANT, place)]
        known = {mark_of(one) for one in found}
        rows = [row for row in tenants(self._session) if row.managed_by not in known]
        kept = [*map(_kept, found), *self._rows(rows)]
        return tuple(sorted(kept, key=lambda one: (one.slug, one.key)))

    def find(self, key: str) -> Kept | None:
        """Look at a tenant; where nobody answers, at its row, which cannot be changed then."""
        namespace, name = self._place_of(key)
        if not namespace:
            row = tenant_of(self._session, key)
            return self._rows([row])[0] if row else None
        try:
            resource = self._cluster.find(TENANT, namespace, name)
        except answers.Refusal as refusal:
            return self._by_row(key, name, str(refusal))
        return _kept(resource) if resource else None

    def open(self, namespace: str, slug: str, terms: Mapping[str, Any]) -> str:
        """Make a Tenant."""
        if namespace not in self.namespaces:
            raise RefusedError("namespace", NO_SUCH_PLACE)
        row = tenant_of(self._session, slug)
        if row is not None and row.managed_by:
            raise RefusedError("slug", NAME_TAKEN)
        if row is not None and row.currency != terms["currency"]:
            raise RefusedError("currency", f"The books of {slug} are kept in {row.currency}.")
        content = {"metadata": {"labels": OURS}, "spec": spec_of(terms)}
        with noting(self._session, self._actor, "create", KIND, slug), refusing(FIELDS):
            try:
                self._cluster.create(TENANT, namespace, slug, content)
            except answers.Taken:
                raise RefusedError("slug", NAME_TAKEN) from None
        return key_of(namespace, slug)

    def change(self, key: str, terms: Mapping[str, Any], version: str) -> None:
        """Change the Tenant that was seen in ``version``."""
        with refusing(FIELDS):
            for _ in range(ROUNDS - 1):
                with suppress(answers.Changed):
                    return self._change(key, terms, version)
            return self._change(key, terms, version)

    def end(self, key: str, policy: Policy) -> None:
        """Have a Tenant end; the operator takes the steps."""
        resource = self._found(key)
        kept = _kept(resource)
        if kept.locked:
            raise LockedError("", kept.locked)
        chosen = {"policy": [kept.terms["policy"], policy]}
        noted = noting(self._session, self._actor, "delete", KIND, kept.slug, changes=chosen)
        with noted, refusing(FIELDS):
            if policy != kept.terms["policy"]:
                # Before the end begins, so that it begins with what was chosen.
                self._cluster.patch(TENANT, resource, spec_of({"policy": str(policy)}))
            self._cluster.delete(TENANT, resource)

    def _place_of(self, key: str) -> tuple[str, str]:
        """The namespace and the name that a key means; no namespace where it means a row alone."""
        namespace, dot, name = key.partition(".")
        if not dot:
            row = tenant_of(self._session, key)
            namespace, _, name = (row.managed_by if row else "").partition("/")
        return (namespace, name) if namespace in self.namespaces and _is_name(name) else ("", key)

    def _found(self, key: str) -> Manifest:
        namespace, name = self._place_of(key)
        if not namespace:
            raise RefusedError("", KEPT_ROWS)
        with refusing(FIELDS):
            resource = self._cluster.find(TENANT, namespace, name)
        if resource is None:
            raise RefusedError("", GONE)
        return resource

    def _change(self, key: str, terms: Mapping[str, Any], version: str) -> None:
        resource = self._found(key)
        kept = _kept(resource)
        if kept.locked:
            raise LockedError("", kept.locked)
        if kept.version != version:
            raise changed_meanwhile(kept.version, kept.terms, terms)
        changes = {
            name: [kept.terms[name], value] for name, value in terms.items() if kept.terms[name] != value
        }
        with noting(self._session, self._actor, "change", KIND, kept.slug, changes=changes):
            self._cluster.patch(TENANT, resource, spec_of(terms))

    def _rows(self, rows: Iterable[Any]) -> list[Kept]:
        """Rows that no resource of ours manages: they can be read, and one can be taken up again."""
        return [
            _read_only(kept, ELSEWHERE.format(kept.resource) if kept.resource else KEPT_ROWS)
            for kept in kept_rows(self._session, list(rows))
        ]

    def _by_row(self, key: str, slug: str, why: str) -> Kept | None:
        row = tenant_of(self._session, slug)
        if row is None:
            raise RefusedError("", why)
        (kept,) = kept_rows(self._session, [row])
        return replace(kept, key=key, locked=why, version="")


def _read_only(kept: Kept, why: str) -> Kept:
    return replace(kept, word=Word.KEPT, locked=why, conditions=(Condition(READY, False, "Kept", why),))


def key_of(namespace: str, name: str) -> str:
    """A Tenant's address among the tenants; neither part can have a dot."""
    return f"{namespace}.{name}"


def _is_name(text: str) -> bool:
    """Whether a resource may be called so; anything else must not become part of an address of the API."""
    return bool(text) and set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def _kept(resource: Manifest) -> Kept:
    metadata, status = resource["metadata"], resource.get("status") or {}
    conditions = conditions_of(resource)
    terms = terms_of(resource["spec"])
    return Kept(
        key=key_of(metadata["namespace"], metadata["name"]),
        slug=metadata["name"],
        terms=terms,
        version=version_of(resource),
        since=dt.datetime.fromisoformat(metadata["creationTimestamp"]),
        word=Word.ENDING
        if is_ending(resource)
        else _word(terms, {one.type: one.holds for one in conditions}),
        figures=Figures(status.get("version", ""), status.get("activeCalls", 0), status.get("readyPods")),
        locked=why_locked(resource),
        resource=mark_of(resource),
        conditions=conditions,
    )


def _word(terms: Mapping[str, Any], holds: Mapping[str, bool]) -> Word:
    """One word of several conditions: what needs somebody comes first."""
    if holds.get(DEGRADED):
        return Word.DEGRADED
    if terms["suspended"]:
        return Word.SUSPENDED
    if holds.get(READY):
        return Word.READY
    return Word.PROGRESSING if not holds or holds.get(PROGRESSING) else Word.NOT_READY
