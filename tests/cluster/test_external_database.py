"""A release with a PostgreSQL outside of the cluster: calls, other passwords, saved and brought back."""

from __future__ import annotations

import secrets
import shutil
from contextlib import ExitStack

import psycopg2
import pytest
from sqlalchemy import make_url

from cellhub.local.database import PostgresServer
from tests.cluster.installing import PATIENCE, Installed, beside
from tests.cluster.offices import Offices
from tests.cluster.voice import A_SECOND, OK, Exchange, cost_of
from tests.fixtures.installation import free_ports, temporary_home
from tests.fixtures.release import Helm

pytestmark = pytest.mark.timeout(600)

NAMESPACE, URLS = "t-external", "cellhub-urls"
LOGINS = {"owner": "cellhub_owner", "portal": "cellhub_portal", "agent": "cellhub_agent"}
EVERY = "postgres"
OURS = "--selector=app.kubernetes.io/instance=cellhub"
ENTER = "host all all 0.0.0.0/0 scram-sha-256\n"
BACKUP = "/var/lib/cellhub/backups/today.dump"
LITTLE = {"cpu": "150m", "memory": "256Mi"}
"""So that it fits beside the tenants that all tests share."""


class Elsewhere(Installed):
    """A release whose log-ins find their database by a Secret of its owner's."""

    def database_url(self, login):
        return self.secret(URLS)[login]


@pytest.fixture(scope="module")
def server(cluster, tmp_path_factory):
    """A PostgreSQL of this machine, for pods too; its superuser's password is the port's number."""
    machine, home = str(cluster.plan.block.machine), temporary_home()
    (port,) = free_ports(1)
    one = PostgresServer.at(home / "postgres", port)
    with (one.placement.data / "pg_hba.conf").open("a") as rules:
        rules.write(ENTER)
    with one.running(tmp_path_factory.mktemp("server") / "postgres.log", machine):
        with one.superuser() as connection, connection.cursor() as cursor:
            cursor.execute(f"ALTER ROLE {EVERY} PASSWORD %s", (str(port),))
        yield f"{machine}:{port}"
    shutil.rmtree(home)


def urls(server):
    """The addresses of the document, with new passwords."""
    port = server.rpartition(":")[2]
    ours = {
        key: f"postgresql+psycopg2://{login}:{secrets.token_urlsafe()}@{server}/cellhub"
        for key, login in LOGINS.items()
    }
    return {"admin": f"postgresql+psycopg2://{EVERY}:{port}@{server}/{EVERY}"} | ours


def urls_secret(addresses):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": URLS}, "stringData": addresses}


@pytest.fixture(scope="module")
def release(cluster, api, installed, enforced, server):
    """A release with that database, where network policies are enforced."""
    one = Elsewhere(api, Helm(cluster.kubeconfig, NAMESPACE), cluster)
    one.make_namespace()
    api.apply(urls_secret(urls(server)), NAMESPACE)
    with beside(one, database=place_of(server)):
        yield one


def place_of(server):
    return {"kind": "external", "existingSecret": URLS, "port": int(server.rpartition(":")[2])}


@pytest.fixture(scope="module")
def office(release):
    """A tenant of it that has called."""
    with ExitStack() as carriers:
        yield Offices(Exchange(release), carriers).ready("harbour", resources=LITTLE).office


def restart(exchange):
    """As the document says, after the secrets of the log-ins changed."""
    exchange.kubectl("rollout", "restart", "statefulset,deploy", OURS)
    for kind in ("portal", "live", "worker", "operator"):
        exchange.kubectl("rollout", "status", f"deploy/cellhub-{kind}", "--timeout=100s")


def check_calls(office):
    before = len(office.records())
    assert office.register() == OK
    assert office.call(1.5).code == OK
    (record,) = office.new_records(before)
    assert cost_of(record) == 2 * A_SECOND


def test_it_calls_and_its_passwords_are_rotated(release, office, server, api):
    check_calls(office)
    former = release.secret(URLS)
    api.apply(urls_secret(urls(server)), NAMESPACE)
    release.helm.upgrade(release.values(crds={"install": False}, database=place_of(server)), *PATIENCE)
    restart(office.exchange)
    for login in LOGINS:
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(make_url(former[login]).set(drivername="postgresql").render_as_string(False))
    check_calls(office)
    assert "BROKEN" not in office.exchange.doctor()


def test_it_is_saved_and_brought_back(release, office):
    operator = ("exec", "deploy/cellhub-operator", "--", "cellhub")
    office.exchange.kubectl(*operator, "backup", BACKUP)
    books = [(one.call_id, one.costs) for one in office.records()]
    check_calls(office)
    office.exchange.kubectl(*operator, "restore", "--replace", BACKUP)
    assert [(one.call_id, one.costs) for one in office.records()] == books
    check_calls(office)
