"""A cluster of a portal, and tenants in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kubernetes.client import ApiClient, Configuration

from cellhub.cluster.client import Cluster
from cellhub.cluster.resource import OURS
from tests.fakes.api_server import FakeApiServer, fake_api_server

MADE = {"displayName": "North Telecom", "sipDomain": "sip.north.example", "adminEmail": "ada@north.example"}


@pytest.fixture
def server() -> Iterator[FakeApiServer]:
    """An API server that holds the Tenant north, which the portal has made."""
    with fake_api_server() as one:
        make_tenant(one, "north")
        yield one


@pytest.fixture
def cluster(server: FakeApiServer) -> Iterator[Cluster]:
    """The portal's way to it."""
    configuration = Configuration()
    configuration.host, configuration.retries = server.url, False
    with ApiClient(configuration) as client:
        yield Cluster(client)


def make_tenant(server: FakeApiServer, name: str, namespace: str = "cell") -> None:
    """Let a Tenant be in the cluster."""
    body = {"kind": "Tenant", "metadata": {"name": name, "labels": dict(OURS)}, "spec": MADE}
    server.answer("POST", f"/apis/cellhub.io/v1alpha1/namespaces/{namespace}/tenants", body)
    server.asked.clear()
