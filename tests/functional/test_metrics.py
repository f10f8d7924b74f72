"""Each process shows its metrics at its own port, and the portal counts what it answers."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from cellhub.db.roles import PORTAL, agent_login
from tests.fixtures.installation import free_ports

BIN = Path(sys.executable).parent
SECONDS = 30.0


def ask(port: int, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.read().decode()


def value(port: int, name: str) -> float | None:
    lines = [line for line in ask(port, "/metrics").splitlines() if line.rpartition(" ")[0] == name]
    return float(lines[0].rpartition(" ")[2]) if lines else None


def wait_for(port: int, name: str, wanted: float) -> None:
    deadline, seen = time.monotonic() + SECONDS, None
    while time.monotonic() < deadline:
        try:
            seen = value(port, name)
        except OSError:
            continue
        if seen == wanted:
            return
    pytest.fail(f"{name} is {seen} and not {wanted}.")


def wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            if ask(port, "/readyz") == "ok\n":
                return
        except OSError:
            continue
    pytest.fail("The portal did not start.")


@contextmanager
def running(database, words: list[str], login: str = PORTAL.name):
    """A process of the platform; yields the ports of its metrics and of its pages."""
    metrics, pages, agi = free_ports(3)
    ports = {"METRICS_PORT": metrics, "PORTAL_PORT": pages, "LIVE_PORT": pages, "AGI_PORT": agi}
    environment = database.environment(login) | {f"CELLHUB_{name}": str(port) for name, port in ports.items()}
    process = subprocess.Popen(
        [BIN / words[0], *words[1:]], env=os.environ | environment, stderr=subprocess.DEVNULL
    )
    try:
        yield metrics, pages
    finally:
        process.terminate()
        process.wait(SECONDS)


def test_the_portal_counts_answers_but_no_probes(own_database):
    with running(own_database, ["cellhub", "portal"]) as (metrics, pages):
        wait_until_ready(pages)
        ask(pages, "/login")
        ask(pages, "/no-such-page")
        wait_for(metrics, 'cellhub_http_request_seconds_count{method="GET",status="2xx"}', 1)
        wait_for(metrics, 'cellhub_http_request_seconds_count{method="GET",status="4xx"}', 1)


def test_the_live_process_says_that_it_hears_the_database(own_database):
    with running(own_database, ["cellhub", "live"]) as (metrics, _):
        wait_for(metrics, "cellhub_live_listening", 1)
        assert value(metrics, "cellhub_live_streams") == 0
        assert value(metrics, "cellhub_live_capacity") > 0


def test_the_worker_counts_the_jobs_that_it_begins_with(own_database):
    with running(own_database, ["cellhub", "worker"]) as (metrics, _):
        wait_for(metrics, 'cellhub_job_seconds_count{end="done",job="make_partitions"}', 1)
        assert value(metrics, "cellhub_queue_age_seconds") is not None


def test_the_scheduler_shows_that_it_lives(own_database):
    with running(own_database, ["cellhub", "scheduler"]) as (metrics, _):
        wait_for(metrics, "cellhub_calls", 0)


def test_the_agent_misses_its_softswitch(own_database):
    with running(own_database, ["cellhub-agent"], agent_login("demo").name) as (metrics, _):
        wait_for(metrics, "cellhub_switch_up", 0)
        wait_for(metrics, "cellhub_spooled", 0)
