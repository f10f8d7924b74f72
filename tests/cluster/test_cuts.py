"""The keeper on the real API server and database, cut off after every single action."""

from __future__ import annotations

import contextlib
from itertools import count

import pytest
from cellhub_operator.cluster import Cluster, possible
from cellhub_operator.keeper import Keeper
from cellhub_operator.objects.tenant import Origin
from cellhub_operator.reconcile.context import Database
from cellhub_operator.rows import Rows
from sqlalchemy import make_url

from cellhub.db.roles import PORTAL, drop_switch_login
from cellhub.security.crypto import new_key
from tests.factories.resources import AGENT_URL, RELEASE

pytestmark = pytest.mark.usefixtures("resources")
MOST_ACTIONS = 40


class Killed(Exception):
    """What a process feels of a kill: nothing more of it is done."""


class CutKeeper(Keeper):
    """A keeper that is killed once it did so many actions."""

    left = MOST_ACTIONS

    def _do(self, action):
        if self.left == 0:
            raise Killed
        self.left -= 1
        super()._do(action)


@pytest.fixture
def place(api, namespace, own_database, postgres, tmp_path):
    key_file = tmp_path / "secret-key"
    key_file.write_bytes(new_key())
    admin = postgres.superuser_url()
    rows = Rows(
        own_database.url(PORTAL.name),
        admin_url=admin,
        database=own_database.name,
        key_file=key_file,
        backups=tmp_path / "backups",
    )
    one = Place(api, namespace, rows)
    yield one
    rows.close()
    for name in one.names:
        drop_switch_login(admin, own_database.name, name)


class Place:
    """A namespace and a database, with a keeper that forgets everything at each call."""

    def __init__(self, api, namespace, rows):
        self.api, self.namespace, self.rows = api, namespace, rows
        self.cluster = Cluster(api.client)
        self.names = []
        self._numbers = count()

    def keeper(self, actions):
        database = Database(make_url(AGENT_URL))
        one = CutKeeper(self.cluster, self.rows, RELEASE, database)
        one.left = actions
        return one

    def fresh(self, kind, **spec):
        """Apply a resource of a name that nothing had before."""
        name = f"{kind.lower()}-{next(self._numbers)}"
        if kind == "Tenant":
            self.names.append(name)
        manifest = {
            "apiVersion": "cellhub.io/v1alpha1",
            "kind": kind,
            "metadata": {"name": name, "finalizers": ["cellhub.io/tests"]},
            "spec": spec,
        }
        return self.api.apply(manifest, self.namespace)

    def tenant(self, **spec):
        usual = {"displayName": "T", "sipDomain": "sip.example", "adminEmail": "ada@t.example"}
        return self.fresh("Tenant", **usual | spec)

    def gone(self, resource):
        """Let the API server forget a resource whose end is done."""
        kind = self.api.kind(resource["apiVersion"], resource["kind"])
        name = resource["metadata"]["name"]
        kind.patch(
            body={"metadata": {"finalizers": []}},
            name=name,
            namespace=self.namespace,
            content_type="application/merge-patch+json",
        )
        kind.delete(name=name, namespace=self.namespace)

    def kinds(self, resource):
        """The objects that a tenant has, by kind and the end of the name."""
        origin = Origin.of(resource)
        found = [ref for ref in possible(origin) if self.cluster.read(ref) is not None]
        return sorted((ref.kind, ref.name.removeprefix(origin.name)) for ref in found)


def cut(place, deed, resource):
    """Do a deed with a keeper that is killed after one action, with another one, and so on; count them."""
    for number in range(MOST_ACTIONS):
        with contextlib.suppress(Killed):
            return number, getattr(place.keeper(1), deed)(resource)
    raise AssertionError("it does not end")


def cut_after(place, deed, resource, actions):
    """Do a deed with a keeper that is killed after so many actions, and again with one that is not."""
    with contextlib.suppress(Killed):
        getattr(place.keeper(actions), deed)(resource)
    return getattr(place.keeper(MOST_ACTIONS), deed)(resource)


def test_a_tenant_is_the_same_after_whichever_action_the_operator_was_killed(place):
    whole = place.tenant()
    place.keeper(MOST_ACTIONS).keep_tenant(whole)
    expected = place.kinds(whole)
    actions, _ = cut(place, "keep_tenant", place.tenant())
    assert actions >= len(expected)
    for killed_after in range(actions + 1):
        resource = place.tenant()
        cut_after(place, "keep_tenant", resource, killed_after)
        assert place.kinds(resource) == expected, killed_after
        row, _, _ = place.rows.tenant(resource["metadata"]["name"])
        assert row.has_admin
        assert row.login


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_a_tenant_ends_after_whichever_action_the_operator_was_killed(place, policy):
    one = place.tenant(deletionPolicy=policy)
    place.keeper(MOST_ACTIONS).keep_tenant(one)
    actions, wait = cut(place, "end_tenant", one)
    assert wait is None
    for killed_after in range(actions + 1):
        resource = place.tenant(deletionPolicy=policy)
        place.keeper(MOST_ACTIONS).keep_tenant(resource)
        assert cut_after(place, "end_tenant", resource, killed_after) is None
        assert place.kinds(resource) == [], killed_after
        row, _, _ = place.rows.tenant(resource["metadata"]["name"])
        if policy == "Delete":
            assert row is None
        else:
            assert (row.managed_by, row.login, row.terms.suspended) == ("", "", True)
        place.gone(resource)


def test_an_update_of_a_tenant_is_whole_after_whichever_action_the_operator_was_killed(place):
    janus = {"enabled": True, "replicas": 1}
    more = {"displayName": "T 2", "limits": {"maxCalls": 9}, "janus": janus, "suspended": True}
    for killed_after in range(8):
        resource = place.tenant()
        place.keeper(MOST_ACTIONS).keep_tenant(resource)
        changed = resource | {"spec": {**resource["spec"], **more}}
        changed["spec"]["limits"] = resource["spec"]["limits"] | more["limits"]
        cut_after(place, "keep_tenant", changed, killed_after)
        assert ("Deployment", "-janus") in place.kinds(resource)
        row, _, _ = place.rows.tenant(resource["metadata"]["name"])
        assert (row.terms.name, row.terms.max_calls, row.terms.suspended) == ("T 2", 9, True)
        cut_after(place, "keep_tenant", resource, killed_after)
        assert ("Deployment", "-janus") not in place.kinds(resource)


def test_a_trunk_is_kept_and_ends_after_whichever_action_the_operator_was_killed(place):
    tenant = place.tenant()
    place.keeper(MOST_ACTIONS).keep_tenant(tenant)
    slug = tenant["metadata"]["name"]
    for killed_after in range(3):
        trunk = place.fresh("Trunk", tenantRef={"name": slug}, host="198.51.100.31")
        cut_after(place, "keep_trunk", trunk, killed_after)
        _, row = place.rows.trunk(slug, trunk["metadata"]["name"])
        assert row.managed_by == f"{place.namespace}/{trunk['metadata']['name']}"
        assert cut_after(place, "end_trunk", trunk, killed_after) is None
        assert place.rows.trunk(slug, trunk["metadata"]["name"]) == (True, None)
