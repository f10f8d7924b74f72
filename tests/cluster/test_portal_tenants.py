"""Tenants that the portal writes through the real API server, with the rights of its own account."""

from __future__ import annotations

import pytest

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import RefusedError
from cellhub.cluster.client import Cluster as PortalsCluster
from cellhub.cluster.resource import OURS
from cellhub.tenants.keeping import Policy
from cellhub.tenants.keeping.cluster import ClusterTenants
from tests.cluster.test_portal_trunks import account  # noqa: F401
from tests.factories.world import make_world
from tests.fixtures.switch import wait_for
from tests.functional.tenants.conftest import MADE
from tests.functional.tenants.contract import TenantKeepingContract
from tests.functional.tenants.test_cluster_tenants import TERMS

# The fixture is that of the other module.
# ruff: noqa: F811
pytestmark = pytest.mark.usefixtures("resources")

TENANT = ("cellhub.io/v1alpha1", "Tenant")


@pytest.fixture
def world(session):
    return make_world(session)


@pytest.fixture
def keeping(account, api, world, namespace):
    """The Tenants of the test's namespace, in which north was made by the portal; no operator follows."""
    made = {"apiVersion": TENANT[0], "kind": TENANT[1], "metadata": {"name": "north", "labels": dict(OURS)}}
    api.apply(made | {"spec": MADE}, namespace)
    actor = Actor(world.north.tenant.id, "Ada")
    return ClusterTenants(PortalsCluster(account), world.see_everything(), actor, (namespace,))


@pytest.fixture
def key(namespace):
    return f"{namespace}.north"


class TestOnTheRealApiServer(TenantKeepingContract):
    """The contract, with nothing faked."""


@pytest.mark.parametrize(
    ("slug", "change", "where", "sentence"),
    [
        ("east", {"replicas": 51}, "replicas", "The cluster refuses it: should be less than or equal to 50."),
        ("east", {"cpu": "much"}, "cpu", "The cluster refuses it: should match"),
        ("east", {"rtp_first": 12001}, "rtp_first", "The cluster refuses it: rtpRange.first must be even."),
        ("east", {"currency": "eur"}, "currency", "The cluster refuses it: should match"),
        ("east-", {}, "slug", "The cluster refuses it: a lowercase RFC 1123 subdomain"),
        ("e" * 41, {}, "slug", "The cluster refuses it: a tenant's name has at most 40"),
    ],
)
def test_what_the_api_server_refuses_is_said_at_its_field(keeping, slug, change, where, sentence):
    with pytest.raises(RefusedError) as refused:
        keeping.open(keeping.namespaces[0], slug, TERMS | change)
    ((field, said),) = refused.value.each
    assert field == where
    assert said.startswith(sentence)


def test_one_that_was_made_is_found_and_ends_with_the_policy_that_was_chosen(keeping, api, namespace):
    key = keeping.open(namespace, "east", TERMS)
    found = keeping.find(key)
    assert {name: found.terms[name] for name in TERMS} == TERMS
    hold(api, namespace, ["example.org/held"])
    keeping.end(key, Policy.DELETE)
    ending = api.read(*TENANT, "east", namespace)
    assert (ending["spec"]["deletionPolicy"], keeping.find(key).word) == ("Delete", "Ending")
    hold(api, namespace, None)
    wait_for(lambda: keeping.find(key) is None, "the Tenant is gone")


def hold(api, namespace, finalizers):
    """Let the Tenant east end no further than to its finalizers, as an operator does."""
    body = {"metadata": {"name": "east", "finalizers": finalizers}}
    how = {"name": "east", "namespace": namespace, "content_type": "application/merge-patch+json"}
    api.kind(*TENANT).patch(body, **how)


def test_another_namespace_is_closed_to_the_account_itself(account, api, world):
    elsewhere = ClusterTenants(
        PortalsCluster(account), world.see_everything(), Actor(world.north.tenant.id, "Ada"), ("kube-system",)
    )
    with pytest.raises(RefusedError, match="its account lacks the right"):
        elsewhere.open("kube-system", "east", TERMS)
    with pytest.raises(RefusedError, match="its account lacks the right"):
        elsewhere.all()
