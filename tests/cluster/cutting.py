"""A keeper that is killed after any action, and what is left of a resource, written down to compare."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg2
from cellhub_operator.actions import Action
from cellhub_operator.cluster import Cluster
from cellhub_operator.keeper import Keeper
from cellhub_operator.objects.configuration import DATABASE_PASSWORD, plain
from cellhub_operator.objects.names import TENANT_LABEL, admin_name, switch_name
from cellhub_operator.reconcile.context import Database as Place
from cellhub_operator.rows import Rows
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from cellhub.db.roles import PORTAL, drop_switch_login, switch_login
from cellhub.local.database import PostgresServer
from cellhub.security.crypto import new_key
from cellhub.security.passwords import verify_password
from tests.cluster.conftest import Api, Manifest
from tests.factories.resources import AGENT_URL, RELEASE
from tests.fixtures.database import Database
from tests.fixtures.switch import wait_for

MOST_ACTIONS = 60
KINDS = (
    ("v1", "ServiceAccount"),
    ("v1", "Secret"),
    ("v1", "ConfigMap"),
    ("v1", "Service"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("policy/v1", "PodDisruptionBudget"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "Deployment"),
)
OF_THE_SERVER = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields")
ADDRESSES = ("clusterIP", "clusterIPs")
OURS = "cellhub.io/"
END_SECONDS = 20.0
ROWS = {
    "tenant": """
        SELECT name, sip_domain, max_calls, suspended, managed_by FROM tenant WHERE slug = :slug""",
    "logins": """
        SELECT email, role FROM login JOIN tenant ON tenant.id = tenant_id WHERE slug = :slug""",
    "trunks": """
        SELECT trunk.name, host, username, active, trunk.managed_by
        FROM trunk JOIN tenant ON tenant.id = tenant_id WHERE slug = :slug ORDER BY trunk.name""",
    "history": """
        SELECT action, object_kind, object_name, changes::text
        FROM audit_entry JOIN tenant ON tenant.id = tenant_id WHERE slug = :slug ORDER BY position""",
    "ties": "SELECT role_name FROM switch.tenant_login WHERE role_name = :role",
    "roles": "SELECT rolname FROM pg_roles WHERE rolname = :role",
}


class Killed(Exception):
    """What a process feels of a kill: nothing more of it is done."""


class CutKeeper(Keeper):
    """A keeper that is killed once it did so many actions."""

    left: int
    did: list[str]

    def _do(self, action: Action) -> None:
        if self.left == 0:
            raise Killed
        self.left -= 1
        super()._do(action)
        self.did.append(type(action).__name__)


@dataclass(slots=True)
class Ground:
    """A namespace and a database, in which each keeper is a new process that remembers nothing."""

    api: Api
    namespace: str
    database: Database
    postgres: PostgresServer
    rows: Rows
    backups: Path
    names: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def fresh(self) -> str:
        """A name that nothing had before, as long as all others."""
        name = f"t-{next(self._numbers):04}"
        self.names.append(name)
        return name

    def apply(self, kind: str, name: str, spec: Mapping[str, Any]) -> Manifest:
        """Apply a resource; its end is ours to allow, as it is the operator's."""
        metadata = {"name": name, "finalizers": ["cellhub.io/tests"]}
        resource = {"apiVersion": "cellhub.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}
        return self.api.apply(resource, self.namespace)

    def secret(self, name: str, **texts: str) -> None:
        """Apply a Secret."""
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": texts}
        self.api.apply(secret, self.namespace)

    def killed_after(self, actions: int, deed: str, resource: Manifest) -> list[str]:
        """Do a deed with a keeper that is killed after so many actions; returns what it did."""
        keeper = self._keeper(actions)
        with contextlib.suppress(Killed):
            getattr(keeper, deed)(resource)
        return keeper.did

    def whole(self, deed: str, resource: Manifest) -> list[str]:
        """Do a deed to its end with a keeper that nobody kills; returns what it did."""
        keeper = self._keeper(MOST_ACTIONS)

        def done() -> bool:
            # Pods come and go when the cluster's own controllers get to it.
            outcome = getattr(keeper, deed)(resource)
            return outcome.wait is None or not deed.startswith("end")

        wait_for(done, f"the end of {deed}", END_SECONDS)
        return keeper.did

    def _keeper(self, actions: int) -> CutKeeper:
        place = Place(make_url(AGENT_URL))
        keeper = CutKeeper(Cluster(self.api.client), self.rows, RELEASE, place)
        keeper.left, keeper.did = actions, []
        return keeper

    def left_of(self, tenant: str) -> dict[str, Any]:
        """All that there is of a tenant, the same for all tenants that are as they are to be."""
        objects = [one for kind in KINDS for one in self._labelled(*kind, tenant)]
        found = {f"{one['kind']} {one['metadata']['name']}": _content(one) for one in objects}
        backups = sorted(path.suffix for path in self.backups.glob(f"{tenant}-*"))
        rows = {name: self._rows(query, tenant) for name, query in ROWS.items()}
        whole = {"objects": found, "backups": backups, **rows, **self._passwords(tenant)}
        text = json.dumps(whole, sort_keys=True)
        named = text.replace(switch_login(tenant).name, "ROLE").replace(tenant, "NAME")
        told: dict[str, Any] = json.loads(named)
        return told

    def _labelled(self, api_version: str, kind: str, tenant: str) -> list[Manifest]:
        found = self.api.kind(api_version, kind).get(
            namespace=self.namespace, label_selector=f"{TENANT_LABEL}={tenant}"
        )
        items: list[Manifest] = found.to_dict()["items"]
        return [one | {"kind": kind} for one in items if "deletionTimestamp" not in one["metadata"]]

    def _rows(self, query: str, tenant: str) -> list[list[Any]]:
        engine = create_engine(self._superuser_url(), poolclass=NullPool)
        with engine.connect() as connection:
            found = connection.execute(text(query), {"slug": tenant, "role": switch_login(tenant).name})
            return [list(row) for row in found]

    def _passwords(self, tenant: str) -> dict[str, bool]:
        """Whether the passwords in the Secrets are those that the database takes."""
        secrets = {one["metadata"]["name"]: one["data"] for one in self._labelled("v1", "Secret", tenant)}
        admin, switch = secrets.get(admin_name(tenant)), secrets.get(switch_name(tenant))
        query = "SELECT password_hash FROM login JOIN tenant ON tenant.id = tenant_id WHERE slug = :slug"
        hashes = [row[0] for row in self._rows(query, tenant)]
        return {
            "admin signs in": bool(admin) and verify_password(hashes[0], plain(admin["password"])),
            "switch logs in": bool(switch) and self._logs_in(tenant, plain(switch[DATABASE_PASSWORD])),
        }

    def _logs_in(self, tenant: str, password: str) -> bool:
        name = switch_login(tenant).name
        url = make_url(self._superuser_url()).set(drivername="postgresql", username=name, password=password)
        try:
            psycopg2.connect(url.render_as_string(hide_password=False)).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _superuser_url(self) -> str:
        url = make_url(self.postgres.superuser_url()).set(database=self.database.name)
        return url.render_as_string(hide_password=False)


def _content(manifest: Manifest) -> Manifest:
    """An object without what the API server and chance put into it."""
    metadata = {name: value for name, value in manifest["metadata"].items() if name not in OF_THE_SERVER}
    metadata["annotations"] = sorted(
        name for name in metadata.get("annotations") or () if name.startswith(OURS)
    )
    owners = [one["name"] for one in metadata.pop("ownerReferences", ())]
    body = {name: value for name, value in manifest.items() if name in ("spec", "type")}
    body["spec"] = {name: value for name, value in body.get("spec", {}).items() if name not in ADDRESSES}
    for port in body["spec"].get("ports", ()):
        port.pop("nodePort", None)
    secret = manifest["kind"] == "Secret"
    data = manifest.get("data") or {}
    return {"metadata": metadata, "owners": owners, "data": sorted(data) if secret else data, **body}


@contextlib.contextmanager
def ground(
    api: Api, namespace: str, database: Database, postgres: PostgresServer, home: Path
) -> Iterator[Ground]:
    """A ground for the block; logins that it made at the server go with it."""
    key_file = home / "secret-key"
    key_file.write_bytes(new_key())
    backups = home / "backups"
    admin = postgres.superuser_url()
    url = database.url(PORTAL.name)
    rows = Rows(url, admin_url=admin, database=database.name, key_file=key_file, backups=backups)
    one = Ground(api, namespace, database, postgres, rows, backups)
    yield one
    rows.close()
    for name in one.names:
        drop_switch_login(admin, name)
