"""One Kubernetes for all tests of this folder; each test has a namespace of its own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cellhub_operator.specs import definitions
from kubernetes.client import ApiClient
from kubernetes.config import new_client_from_config
from kubernetes.dynamic import DynamicClient, Resource
from kubernetes.dynamic.exceptions import ResourceNotFoundError

from cellhub.local.database import PostgresServer
from tests.cluster import audit, figures
from tests.cluster.installing import Installed, installation
from tests.cluster.keeping import OperatorProcess
from tests.cluster.keeping import operator as operator_process
from tests.cluster.kubernetes import images, node
from tests.cluster.kubernetes.cluster import Cluster, temporary
from tests.cluster.offices import Offices, Opened
from tests.cluster.reaching import LET_IN, let_in
from tests.cluster.voice import API_VERSION, Exchange
from tests.cluster.worlds import World
from tests.fixtures.database import Database
from tests.fixtures.switch import wait_for
from tests.fixtures.tiers import leave_out

FIELD_MANAGER = "cluster-tests"
MERGE = "application/merge-patch+json"
END_SECONDS = 60.0
Manifest = dict[str, Any]


NEEDS = ("cluster", "installed", "go_away")
"""What runs from the first test that asks for it to the last of all, and what others feel for a while."""

KINDS_OF_OURS = ("Trunk", "Tenant", "Update")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let those go first who need less: where there is no node no pod runs, and the processors are theirs."""
    items.sort(key=_need)


def _need(item: pytest.Item) -> int:
    asked = getattr(item, "fixturenames", ())
    return max((rank for rank, name in enumerate(NEEDS, 1) if name in asked), default=0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was measured."""
    if figures.TOLD:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(figures.TOLD))


@dataclass(frozen=True, slots=True)
class Api:
    """An admin's view of the API server; manifests go in, manifests come out."""

    client: DynamicClient

    def kind(self, api_version: str, kind: str) -> Resource:
        """The resource of a kind."""
        return self.client.resources.get(api_version=api_version, kind=kind)

    def apply(self, manifest: Manifest, namespace: str | None = None) -> Manifest:
        """Apply on the server side, and return what the server made of it.

        Raises:
            kubernetes.dynamic.exceptions.DynamicApiError: it refused.
        """
        resource = self.kind(manifest["apiVersion"], manifest["kind"])
        applied = resource.server_side_apply(
            body=manifest, namespace=namespace, field_manager=FIELD_MANAGER, force_conflicts=True
        )
        found: Manifest = applied.to_dict()
        return found

    def read(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Manifest:
        """Return an object as it is."""
        found: Manifest = self.kind(api_version, kind).get(name=name, namespace=namespace).to_dict()
        return found


@pytest.fixture(scope="session")
def control_plane() -> Iterator[Cluster]:
    """A real API server, with what defaults, admits, schedules and collects; it needs no node."""
    with temporary(print) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def cluster(control_plane: Cluster, api: Api) -> Cluster:
    """The same with a node, which runs pods of the images that it was given."""
    if reason := node.why_not():
        leave_out(f"a node {reason}")
    # It would run what is left of the tests that need none.
    wait_for(lambda: not _ending(api), "the namespaces of earlier tests are gone", END_SECONDS)
    control_plane.start_node()
    control_plane.load_image(images.archive(images.HELLO))
    return control_plane


@pytest.fixture(scope="module")
def crowd() -> Iterator[Cluster]:
    """Another cluster, in which thousands of pods are said to run and none does: for scale."""
    with temporary(print) as cluster:
        cluster.start_played_node()
        yield cluster


@pytest.fixture(scope="session")
def api(control_plane: Cluster) -> Iterator[Api]:
    """An admin's client of the API server."""
    client: ApiClient = new_client_from_config(str(control_plane.kubeconfig))
    with client:
        yield Api(DynamicClient(client, cache_file=str(control_plane.plan.home / "discovery.json")))


@pytest.fixture(scope="session")
def resources(api: Api) -> None:
    """The API server knows Tenant, Trunk and Update."""
    for definition in definitions():
        api.apply(definition)
        name = definition["metadata"]["name"]
        wait_for(lambda name=name: _is_established(api, name), f"{name} is served")


@pytest.fixture(scope="session")
def installed(cluster: Cluster, api: Api) -> Iterator[Installed]:
    """CellHub on the node. Who changes the release gives it back as it was."""
    with installation(cluster, api) as one:
        yield one


@pytest.fixture(scope="session")
def exchange(installed: Installed) -> Exchange:
    """The installation as those see it who call through it."""
    return Exchange(installed)


@pytest.fixture(scope="module")
def enforced(exchange: Exchange) -> Iterator[None]:
    """The node enforces network policies for as long as the tests of a file run."""
    exchange.apply(let_in(exchange.machine))
    exchange.installed.cluster.enforce_policies()
    yield
    exchange.installed.cluster.forget_policies()
    exchange.kubectl("delete", f"networkpolicy/{LET_IN}")


@pytest.fixture(scope="session")
def offices(exchange: Exchange) -> Iterator[Offices]:
    """Tenants of that installation, opened when they are first asked for."""
    with ExitStack() as carriers:
        yield Offices(exchange, carriers)


@pytest.fixture
def north(offices: Offices) -> Opened:
    """A tenant as a newcomer applies it."""
    return offices.ready("north")


@pytest.fixture
def south(offices: Offices) -> Opened:
    """Another one, whose softswitch is small enough for a second one beside it."""
    return offices.ready("south", resources={"cpu": "150m", "memory": "256Mi"})


@pytest.fixture
def operator(
    control_plane: Cluster, namespace: str, own_database: Database, postgres: PostgresServer, tmp_path: Path
) -> Iterator[OperatorProcess]:
    """An operator of its own for the test's namespace and database; the test starts it."""
    with operator_process(
        control_plane.plan.operators_kubeconfig, namespace, own_database, postgres.superuser_url(), tmp_path
    ) as one:
        yield one
        one.stop()
        print(one.log.read_text()[-6000:])


@pytest.fixture
def world(api: Api, namespace: str, own_database: Database, postgres: PostgresServer) -> World:
    """The tenant and the trunk that the operator keeps."""
    return World(api, namespace, own_database.name, postgres)


@pytest.fixture
def written(control_plane: Cluster, namespace: str) -> Callable[[], list[audit.Write]]:
    """What an operator outside of the cluster wrote in the test's namespace so far."""
    return lambda: audit.writes(control_plane.plan.audit_log, namespace)


@pytest.fixture
def namespace(api: Api) -> Iterator[str]:
    """A namespace of this test alone."""
    with _own_namespace(api) as name:
        yield name


@pytest.fixture
def elsewhere(api: Api) -> Iterator[str]:
    """Another one."""
    with _own_namespace(api) as name:
        yield name


@contextmanager
def _own_namespace(api: Api) -> Iterator[str]:
    name = f"t-{uuid.uuid4().hex[:12]}"
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    _let_go(api, name)
    api.kind("v1", "Namespace").delete(name=name)


def _let_go(api: Api, namespace: str) -> None:
    """Take from our resources what only their operator, which has ended, would: namespaces wait for it."""
    for kind in KINDS_OF_OURS:
        with suppress(ResourceNotFoundError):
            resource = api.kind(API_VERSION, kind)
            for one in resource.get(namespace=namespace).items:
                free = {"metadata": {"name": one.metadata.name, "finalizers": None}}
                resource.patch(body=free, namespace=namespace, content_type=MERGE)


def _ending(api: Api) -> list[str]:
    namespaces = api.kind("v1", "Namespace").get().items
    return [one.metadata.name for one in namespaces if one.metadata.deletionTimestamp]


def _is_established(api: Api, name: str) -> bool:
    found = api.read("apiextensions.k8s.io/v1", "CustomResourceDefinition", name)
    conditions = found.get("status", {}).get("conditions") or []  # null at first
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)
