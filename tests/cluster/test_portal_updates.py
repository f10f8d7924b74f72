"""Updates that the portal writes through the real API server, with the rights of its own account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import RefusedError
from cellhub.cluster.client import Cluster as PortalsCluster
from cellhub.updates.keeping import Wish
from cellhub.updates.keeping.cluster import ClusterUpdates
from tests.cluster.test_portal_trunks import account  # noqa: F401
from tests.factories.world import make_world
from tests.functional.updates.contract import UpdateKeepingContract
from tests.functional.updates.releases import PUBLIC, signed
from tests.functional.updates.test_cluster_updates import REPOSITORIES, written

# The fixture is that of the other module.
# ruff: noqa: F811
pytestmark = pytest.mark.usefixtures("resources")

UPDATE = ("cellhub.io/v1alpha1", "Update")


@pytest.fixture
def keeping(account, session, namespace):
    world = make_world(session)
    actor = Actor(world.north.tenant.id, "Ada")
    return ClusterUpdates(
        PortalsCluster(account), world.see_everything(), actor, (namespace, "cell"), key=PUBLIC
    )


@pytest.fixture
def wish(namespace):
    return Wish(*signed(), tenants=(f"{namespace}/north",), repositories=REPOSITORIES, drain_minutes=45)


@pytest.fixture
def noted(keeping, wish, api, namespace):
    """No operator follows: the test writes the status."""

    def note(steps):
        key = keeping.begin(namespace, wish)
        name = key.removeprefix(f"{namespace}.")
        status = {"fromVersion": "1.4.2", "step": steps[-1][0], "steps": written(steps)}
        api.kind(*UPDATE).status.patch(
            {"metadata": {"name": name}, "status": status},
            name=name,
            namespace=namespace,
            content_type="application/merge-patch+json",
        )
        return ClusterUpdates(keeping._cluster, keeping._session, keeping._actor, (namespace,), key=""), key

    return note


class TestOnTheRealApiServer(UpdateKeepingContract):
    """The contract, with nothing faked."""


def test_the_manifest_lies_beside_the_update_and_ends_with_it(keeping, wish, api, namespace):
    name = keeping.begin(namespace, wish).removeprefix(f"{namespace}.")
    made = api.read(*UPDATE, name, namespace)
    held = api.read("v1", "ConfigMap", made["spec"]["manifestRef"]["name"], namespace)
    assert held["data"]["manifest.json"].encode() == wish.document
    assert [one["uid"] for one in held["metadata"]["ownerReferences"]] == [made["metadata"]["uid"]]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"repositories": ("Registry!", *REPOSITORIES[1:])}, "repository"),
        ({"drain_minutes": 123_456}, "drain_minutes"),
        ({"signature": "A" * 2000}, "manifest"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(keeping, wish, namespace, change, field):
    with pytest.raises(RefusedError) as refused:
        keeping.begin(namespace, replace(wish, **change))
    assert {where for where, _ in refused.value.each} == {field}


def test_a_namespace_that_is_not_the_account_s_is_closed(keeping, wish):
    with pytest.raises(RefusedError, match="its account lacks the right"):
        keeping.begin("cell", replace(wish, tenants=("cell/north",)))
