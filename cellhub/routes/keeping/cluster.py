"""Trunks whose resource is the decision: the same resource that ``kubectl apply`` makes.

A provider's username and password go into a Secret that belongs to the Trunk and ends with it. The
portal may make Secrets and never read one, so a changed password is another Secret, and a password
that is to stay comes from the row, which the operator keeps.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor
from cellhub.accounts.in_cluster import noting, refusing
from cellhub.accounts.refusal import LockedError, RefusedError, changed_meanwhile
from cellhub.cluster import answers
from cellhub.cluster.client import TRUNK, Cluster, Manifest
from cellhub.cluster.resource import OURS, conditions_of, is_seen, mark_of, version_of, why_locked
from cellhub.routes import services
from cellhub.routes.keeping import Kept
from cellhub.routes.keeping.database import GONE
from cellhub.routes.keeping.database import terms_of as terms_of_row
from cellhub.routes.keeping.manifest import FIELDS, spec_of, terms_of
from cellhub.routes.models import Trunk
from cellhub.security.crypto import SecretBox, SecretKeyError

ROUNDS = 5
"""Tries of one change: the operator writes the status of what we change the spec of."""

NEEDS_PASSWORD = "Write the password that the provider gave you."  # noqa: S105  a sentence
NO_KEY = "The stored one cannot be read: write it again."
KIND = "trunk"


class ClusterTrunks:
    """The trunks of the Tenant ``tenant`` (NAMESPACE/NAME) and of its rows."""

    def __init__(
        self, cluster: Cluster, session: Session, actor: Actor, *, tenant: str, key_file: Path
    ) -> None:
        self._cluster, self._session, self._actor = cluster, session, actor
        self._namespace, _, self._tenant = tenant.partition("/")
        self._key_file = key_file

    def find(self, name: str) -> Kept | None:
        """Look at a trunk; where nobody answers, at its row, which cannot be changed then."""
        row = self._row(name)
        try:
            resource = self._read(name)
        except answers.Refusal as refusal:
            return _by_row(row, str(refusal))
        return self._kept(resource, row) if resource else _by_row(row, answers.GONE)

    def waiting(self, rows: Iterable[str]) -> tuple[Kept, ...]:
        """The Trunks of the tenant that are no row yet."""
        known = set(rows)
        with refusing(FIELDS):
            found = self._cluster.all(TRUNK, self._namespace)
        return tuple(
            self._kept(one, None)
            for one in found
            if one["spec"]["tenantRef"]["name"] == self._tenant and one["metadata"]["name"] not in known
        )

    def open(self, name: str, terms: Mapping[str, Any], password: str) -> None:
        """Make a Trunk, and the Secret that it names."""
        if self._row(name) is not None:
            raise RefusedError("name", services.NAME_TAKEN)
        if terms["username"] and not password:
            raise RefusedError("password", NEEDS_PASSWORD)
        secret = _secret_name(name) if terms["username"] else ""
        spec = spec_of(terms) | {"tenantRef": {"name": self._tenant}} | _reference(secret)
        with noting(self._session, self._actor, "create", KIND, name), refusing(FIELDS):
            try:
                made = self._cluster.create(
                    TRUNK, self._namespace, name, {"metadata": {"labels": OURS}, "spec": spec}
                )
            except answers.Taken:
                raise RefusedError("name", services.NAME_TAKEN) from None
            self._give_secret(made, secret, terms["username"], password)

    def change(self, name: str, terms: Mapping[str, Any], password: str, version: str) -> None:
        """Change the Trunk that was seen in ``version``."""
        with refusing(FIELDS):
            for _ in range(ROUNDS - 1):
                with suppress(answers.Changed):
                    return self._change(name, terms, password, version)
            return self._change(name, terms, password, version)

    def why_kept(self, name: str) -> str:
        """Say what needs a trunk; calls that run are waited for by the operator."""
        row, kept = self._row(name), self.find(name)
        if kept is not None and kept.locked:
            return kept.locked
        return services.needed_by(self._session, row) if row else ""

    def delete(self, name: str) -> None:
        """Have a Trunk end; the operator takes the steps."""
        if reason := self.why_kept(name):
            raise RefusedError("trunk", reason)
        with noting(self._session, self._actor, "delete", KIND, name), refusing(FIELDS):
            self._cluster.delete(TRUNK, self._found(name))

    def _read(self, name: str) -> Manifest | None:
        """The Trunk as it is; one of another tenant in the same namespace is none of ours."""
        resource = self._cluster.find(TRUNK, self._namespace, name)
        if resource is None or resource["spec"]["tenantRef"]["name"] != self._tenant:
            return None
        return resource

    def _found(self, name: str) -> Manifest:
        resource = self._read(name)
        if resource is None:
            raise RefusedError("", GONE)
        return resource

    def _change(self, name: str, terms: Mapping[str, Any], password: str, version: str) -> None:
        resource, row = self._found(name), self._row(name)
        kept = self._kept(resource, row)
        if kept.locked:
            raise LockedError("", kept.locked)
        if kept.version != version:
            raise changed_meanwhile(kept.version, kept.terms, terms)
        spec = spec_of(terms)
        if not terms["username"]:
            spec["credentialsSecretRef"] = None
        elif password or terms["username"] != kept.terms["username"]:
            spec |= self._new_credentials(resource, row, spec, terms["username"], password)
        with noting(
            self._session, self._actor, "change", KIND, name, changes=_changes(kept, terms, password)
        ):
            self._cluster.patch(TRUNK, resource, spec)

    def _new_credentials(
        self, resource: Manifest, row: Trunk | None, spec: Manifest, username: str, password: str
    ) -> Manifest:
        """Make another Secret, but only for a change that the API server would take."""
        secret = _secret_name(resource["metadata"]["name"])
        password = password or self._stored(resource, row)
        self._cluster.patch(TRUNK, resource, spec | _reference(secret), only_try=True)
        self._make_secret(resource, secret, username, password)
        return _reference(secret)

    def _give_secret(self, trunk: Manifest, secret: str, username: str, password: str) -> None:
        """Make the Secret that a new Trunk names; a Trunk that cannot have it goes again."""
        if not secret:
            return
        try:
            self._make_secret(trunk, secret, username, password)
        except answers.Refusal:
            self._cluster.delete(TRUNK, trunk)
            raise

    def _make_secret(self, trunk: Manifest, name: str, username: str, password: str) -> None:
        self._cluster.create_secret(trunk, name, {"username": username, "password": password})

    def _stored(self, resource: Manifest, row: Trunk | None) -> str:
        """The row's password, unless the operator has not yet given it the Trunk's present one."""
        if row is None or not row.secret or not is_seen(resource):
            raise RefusedError("password", NEEDS_PASSWORD)
        try:
            return SecretBox.from_file(self._key_file).open(row.secret)
        except SecretKeyError:
            raise RefusedError("password", NO_KEY) from None

    def _kept(self, resource: Manifest, row: Trunk | None) -> Kept:
        spec = resource["spec"]
        by_password = "credentialsSecretRef" in spec
        return Kept(
            name=resource["metadata"]["name"],
            terms=terms_of(spec) | {"username": row.username if row and by_password else ""},
            version=version_of(resource),
            locked=why_locked(resource),
            by_password=by_password,
            resource=mark_of(resource),
            conditions=conditions_of(resource),
        )

    def _row(self, name: str) -> Trunk | None:
        own = Trunk.tenant_id == self._actor.tenant_id, Trunk.name == name
        return self._session.scalar(select(Trunk).where(*own))


def _by_row(row: Trunk | None, why: str) -> Kept | None:
    """A trunk whose resource cannot be seen, and ``why``."""
    if row is None:
        return None
    terms = terms_of_row(row)
    return Kept(row.name, terms, "", why, row.managed_by, by_password=bool(row.username))


def _secret_name(trunk: str) -> str:
    return f"trunk-{trunk}-{secrets.token_hex(3)}"


def _reference(secret: str) -> Manifest:
    return {"credentialsSecretRef": {"name": secret}} if secret else {}


def _changes(kept: Kept, terms: Mapping[str, Any], password: str) -> dict[str, Any]:
    changed = {name: [kept.terms[name], value] for name, value in terms.items() if kept.terms[name] != value}
    return changed | ({"secret": ["•", "•"]} if password else {})
