"""``cellhub worker`` and ``cellhub scheduler`` as they are run."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cellhub.db.roles import PORTAL
from cellhub.db.scope import PLATFORM_TENANT, Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.db.tenancy import Tenant
from cellhub.telemetry import heartbeats
from cellhub.telemetry.heartbeats import Part
from tests.fixtures.family import alive, family
from tests.fixtures.switch import wait_for

CELLHUB = Path(sys.executable).with_name("cellhub")
SECONDS = 40
STOP_SECONDS = 10


@contextmanager
def running(name: str, environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [CELLHUB, name], env=os.environ | environment, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


@pytest.fixture
def sessions(own_database):
    engine = make_engine(own_database.url(PORTAL.name), application="tests")
    factory = make_session_factory(engine)
    with scoped(factory, Scope.platform()) as session:
        session.add(Tenant(id=PLATFORM_TENANT, slug="platform", name="Platform"))
    yield factory
    engine.dispose()


def beating(sessions) -> set[Part]:
    with scoped(sessions, Scope.platform()) as session:
        return {mark.part for mark in heartbeats.beats(session)}


def test_worker_and_scheduler_do_jobs_together_and_stop_when_told(own_database, sessions, tmp_path):
    environment = own_database.environment(PORTAL.name)
    worker_log, scheduler_log = tmp_path / "worker.log", tmp_path / "scheduler.log"
    with (
        running("worker", environment, worker_log) as worker,
        running("scheduler", environment, scheduler_log) as scheduler,
    ):
        deadline = time.monotonic() + SECONDS
        pause = threading.Event()
        while beating(sessions) != {Part.WORKER, Part.SCHEDULER}:
            assert time.monotonic() < deadline, worker_log.read_text() + scheduler_log.read_text()
            pause.wait(0.2)
    assert (worker.returncode, scheduler.returncode) == (0, 0)
    assert "partitions made" in worker_log.read_text()
    assert "error" not in worker_log.read_text() + scheduler_log.read_text()


def test_no_process_of_a_worker_outlives_one_that_is_killed(own_database, sessions, tmp_path):
    environment = own_database.environment(PORTAL.name)
    with running("worker", environment, tmp_path / "worker.log") as worker:
        wait_for(lambda: Part.WORKER in beating(sessions), "the worker works", SECONDS)
        processes = family(worker.pid)
        worker.kill()
        wait_for(lambda: not alive(processes), "all its processes are gone", STOP_SECONDS)
    assert len(processes) > 1


@pytest.mark.parametrize("name", ["worker", "scheduler"])
def test_missing_settings_are_named(name):
    bare = {key: value for key, value in os.environ.items() if not key.startswith("CELLHUB_")}
    ended = subprocess.run([CELLHUB, name], env=bare, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "CELLHUB_DATABASE_URL: is missing" in ended.stderr
