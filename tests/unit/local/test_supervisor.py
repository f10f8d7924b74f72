"""The process manager, with the database as its only process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from cellhub.local import health
from cellhub.local.processes import PARTS, Group
from cellhub.local.startup import only_one
from cellhub.local.supervisor import Supervisor
from tests.fixtures.installation import new_installation

POSTGRES = tuple(part for part in PARTS if part.name == "postgres")


@pytest.fixture(scope="module")
def installation():
    with new_installation() as made:
        made.prepare()
        yield made


@pytest.fixture
def supervisor(installation):
    """A manager that has started its database."""
    started = Supervisor(installation)
    started.start(POSTGRES)
    started.start_group(Group.DATABASE)
    installation.postgres().wait()
    yield started
    if started.answers():
        started.shut_down()


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_started_part_is_in_order(supervisor):
    assert [report.trouble for report in health.wait_until_ready(supervisor, POSTGRES)] == [""]


def test_a_killed_part_comes_back(supervisor):
    health.wait_until_ready(supervisor, POSTGRES)
    before = supervisor.states()[0].pid
    os.kill(before, signal.SIGKILL)
    while exists(before) or not supervisor.installation.postgres().accepts():
        supervisor.installation.postgres().wait()
    assert [report.trouble for report in health.wait_until_ready(supervisor, POSTGRES)] == [""]
    assert supervisor.states()[0].pid != before


def test_shutting_down_leaves_nothing_behind(supervisor):
    pid = supervisor.states()[0].pid
    supervisor.shut_down()
    assert not supervisor.answers()
    assert not exists(pid)
    assert not supervisor.failed


def test_its_socket_and_its_configuration_are_private(supervisor, installation):
    configuration = installation.run_folder / "supervisord.conf"
    assert installation.manager_socket.stat().st_mode & 0o777 == 0o600
    assert configuration.stat().st_mode & 0o777 == 0o600


def test_starting_a_group_twice_starts_it_once(supervisor):
    pid = supervisor.states()[0].pid
    supervisor.start_group(Group.DATABASE)
    assert supervisor.states()[0].pid == pid


def test_only_one_start_goes_on(installation):
    with only_one(installation) as first, only_one(installation) as second:
        assert (first, second) == (True, False)
    with only_one(installation) as again:
        assert again
