"""An installation that is lost, namespace and all, and brought back by the commands of the document."""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack
from dataclasses import replace

import pytest
from kubernetes.dynamic.exceptions import NotFoundError
from sqlalchemy import func, select

from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.db.tenancy import Tenant
from cellhub.security.models import Login
from tests.cluster.installing import PATIENCE, Installed, beside
from tests.cluster.offices import Offices
from tests.cluster.voice import A_SECOND, API_VERSION, OK, Exchange, cost_of, trunk
from tests.fixtures.chart import CHART
from tests.fixtures.release import Helm
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.timeout(600)

DOCUMENT = CHART.parents[1] / "docs" / "kubernetes" / "day-2.md"
NAME = "acme"
NAMESPACE = "t-restore"
SWITCH, PROVIDER = f"{NAME}-switch", f"{NAME}-provider"
PASSWORD = "s3cret-of-the-provider"
RESOURCES = (f"tenant/{NAME}", f"trunk/{NAME}-carrier", f"trunk/{PROVIDER}")
PORTALS = {"app.kubernetes.io/managed-by": "cellhub-portal"}
LITTLE = {"cpu": "150m", "memory": "256Mi"}
"""So that it fits beside the tenants that all tests share."""

GONE_SECONDS = 150.0


def commands(heading):
    """The lines of the first block of commands below a heading of the document."""
    _, _, below = DOCUMENT.read_text().partition(f"\n## {heading}\n")
    return [line.partition("  #")[0].strip() for line in below.split("```")[1].strip().splitlines()]


@pytest.fixture
def release(cluster, api, installed):
    """A release of the test's own."""
    with beside(Installed(api, Helm(cluster.kubeconfig, NAMESPACE), cluster)) as one:
        yield one


@pytest.fixture
def acme(release):
    """A tenant of it with a call behind it, and a trunk whose password was typed into the portal."""
    exchange = Exchange(release)
    with ExitStack() as carriers:
        opened = Offices(exchange, carriers).ready(NAME, resources=LITTLE)
        by_password = {
            "authentication": "register",
            "credentialsSecretRef": {"name": PROVIDER},
            "priority": 9,
        }
        exchange.apply(trunk(PROVIDER, NAME, exchange.machine, opened.carrier.port, **by_password))
        exchange.apply(password(release))
        exchange.kubectl("wait", *RESOURCES, "--for=condition=Ready", "--timeout=55s")
        yield opened.office


def password(release):
    """The Secret as the portal makes it: it ends with its Trunk."""
    owner = release.api.read(API_VERSION, "Trunk", PROVIDER, NAMESPACE)["metadata"]
    reference = {"apiVersion": API_VERSION, "kind": "Trunk", "name": PROVIDER, "uid": owner["uid"]}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": PROVIDER, "labels": PORTALS, "ownerReferences": [reference]},
        "stringData": {"username": "acme", "password": PASSWORD},
    }


@pytest.fixture
def shell(release, tmp_path):
    """Run a command of the document as it stands, with the namespace filled in and the test's values."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "kubectl").write_text(f'#!/bin/sh\nexec {release.cluster.plan.binary} kubectl "$@"\n')
    (programs / "kubectl").chmod(0o755)
    environment = os.environ | {
        "KUBECONFIG": str(release.cluster.kubeconfig),
        "PATH": f"{programs}:{os.environ['PATH']}",
    }

    def run(line):
        if line.startswith("helm install cellhub charts/cellhub "):
            release.helm.install(release.values(crds={"install": False}), *PATIENCE)
            return
        command = ["bash", "-euo", "pipefail", "-c", line.replace(" NS ", f" {NAMESPACE} ")]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert (line, done.returncode) == (line, 0), done.stderr

    return run


def lose(release, api):
    """Nobody keeps anything any more, and nothing is left."""
    release.helm.uninstall()
    for resource in RESOURCES:
        release.cluster.kubectl(
            "--namespace",
            NAMESPACE,
            "patch",
            resource,
            "--type=merge",
            '--patch={"metadata":{"finalizers":null}}',
        )
    api.kind("v1", "Namespace").delete(name=NAMESPACE)

    def gone():
        try:
            api.read("v1", "Namespace", NAMESPACE)
        except NotFoundError:
            return True
        return False

    wait_for(gone, "the namespace is gone", GONE_SECONDS)


def test_what_was_saved_is_brought_back_and_calls_again(release, acme, shell, api):
    books = told(acme)
    for line in commands("Back up"):
        shell(line)
    lose(release, api)
    release.make_namespace()
    for line in commands("Restore"):
        shell(line)

    exchange = Exchange(release)
    exchange.kubectl("wait", *RESOURCES, "--for=condition=Ready", "--timeout=90s")
    host = release.service(f"{NAME}-sip")["clusterIP"]
    back = replace(acme, exchange=exchange, phone=replace(acme.phone, host=host))
    back.wait_until_ready()
    assert told(back) == books
    assert back.register() == OK
    assert back.call(1.5).code == OK
    (record,) = back.new_records(len(books["records"]))
    assert (record.trunk, cost_of(record)) == (PROVIDER, 2 * A_SECOND)
    assert PASSWORD in release.secret(SWITCH)["pjsip.conf"]
    assert release.secret(PROVIDER)["password"] == PASSWORD
    assert "BROKEN" not in exchange.doctor()


def told(office):
    """What its books say: every call with its costs, what is left to the client, and who there is."""
    with office.books() as session:
        account = office.account(session)
        balance = account.balance
    with scoped(office.exchange.factory, Scope.platform()) as session:
        tenants = list(session.scalars(select(Tenant.slug).order_by(Tenant.id)))
        logins = session.scalar(select(func.count()).select_from(Login))
    records = [(one.call_id, one.started_at, one.billsec, one.costs) for one in office.records()]
    return {"records": records, "balance": balance, "tenants": tenants, "logins": logins}
