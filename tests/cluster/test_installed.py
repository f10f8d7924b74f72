"""CellHub installed by its chart, with its own images, on a node: up, looked at, upgraded, gone and back."""

from __future__ import annotations

import threading
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.cluster.installing import PATIENCE, PROCESSES, ask, component
from tests.fixtures.chart import RELEASE
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.timeout(600)
METRICS = 9090


def test_every_process_runs_and_none_had_to_be_started_twice(installed):
    running: dict[str, int] = {}
    for pod in installed.pods():
        running[component(pod)] = running.get(component(pod), 0) + 1
        assert [one["restartCount"] for one in pod["status"]["containerStatuses"]] == [0], component(pod)
    assert running == PROCESSES


def test_helm_test_passes(installed):
    assert "Succeeded" in installed.helm.run("test", RELEASE)


def test_the_portal_lets_people_sign_in(installed):
    assert "password" in ask(installed.address("portal") + "/login")


def test_every_process_shows_its_metrics_and_no_job_has_failed(installed):
    shown = {
        component(pod): ask(f"http://{pod['status']['podIP']}:{METRICS}/metrics")
        for pod in installed.pods()
        if component(pod) != "postgres"
    }
    assert {name for name, text in shown.items() if "cellhub_" in text} == PROCESSES.keys() - {"postgres"}
    assert 'end="failed"' not in shown["worker"]
    assert 'job="make_partitions"' in shown["worker"]


@dataclass
class Visitor:
    """Somebody who asks for a page again and again."""

    answers: int = 0
    failures: list[str] = field(default_factory=list)

    def visit(self, address: str) -> None:
        """Ask once."""
        try:
            ask(address)
            self.answers += 1
        except (urllib.error.URLError, OSError) as error:
            self.failures.append(str(error))


@contextmanager
def visited(address: str) -> Iterator[Visitor]:
    """Ask for a page for the length of the block."""
    visitor, ended = Visitor(), threading.Event()

    def run() -> None:
        while not ended.wait(0.1):
            visitor.visit(address)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield visitor
    finally:
        ended.set()
        thread.join()


def test_an_upgrade_and_its_rollback_refuse_no_page(installed):
    before = {pod["metadata"]["uid"] for pod in installed.pods() if component(pod) == "portal"}
    with visited(installed.address("portal") + "/login") as visitor:
        installed.helm.upgrade(installed.values(portal={"sessionHours": 8}), *PATIENCE)
        installed.helm.run("rollback", RELEASE, *PATIENCE)
    after = {pod["metadata"]["uid"] for pod in installed.pods() if component(pod) == "portal"}
    assert not before & after
    assert visitor.failures == []
    assert visitor.answers > 10


def test_who_removes_it_and_installs_it_again_finds_everything(installed, api, cluster):
    namespace = installed.helm.namespace
    kept = api.read("v1", "Secret", f"{RELEASE}-superadmin", namespace)["data"]
    installed.helm.uninstall()
    wait_for(lambda: not installed.pods(), "its pods are gone", 90)
    installed.helm.install(installed.values(), *PATIENCE)
    assert api.read("v1", "Secret", f"{RELEASE}-superadmin", namespace)["data"] == kept
    job = ("--namespace", namespace, "logs", f"job/{RELEASE}-migration-1")
    assert "first superadmin" not in cluster.kubectl(*job), "it is still the one from before"
