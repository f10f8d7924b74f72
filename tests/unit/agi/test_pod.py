"""The agent as a pod runs it: files first, probes, registrations, and an end after Asterisk's."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import uuid

import pytest

from tests.fakes.agi import ask
from tests.fakes.ami import SECRET, success
from tests.fixtures.installation import free_ports
from tests.fixtures.shop import AGENT, NUMBER
from tests.fixtures.switch import wait_for
from tests.unit.agi.test_podfiles import Volume, rendered

POD = "north-switch-0"
SECONDS = 20


@pytest.fixture
def volume(tmp_path):
    one = Volume(tmp_path / "common")
    one.bring(rendered("halyard"))
    return one


@pytest.fixture
def environment(shop, own_database, tmp_path, switch_ami, volume):
    agi, health = free_ports(2)
    switch_ami.answers = success
    for name in ("own", "spool"):
        (tmp_path / name).mkdir()
    (tmp_path / "ami-secret").write_text(SECRET)
    settings = {
        "TENANT": "north",
        "POD": POD,
        "AGI_PORT": agi,
        "AMI_PORT": switch_ami.port,
        "HEALTH_PORT": health,
        "AMI_SECRET_FILE": tmp_path / "ami-secret",
        "COMMON_CONFIG": volume.folder,
        "SWITCH_CONFIG": tmp_path / "own",
        "SWITCH_SPOOL": tmp_path / "spool",
        "AGENT_SPOOL": tmp_path / "agent",
        "SECRET_KEY_FILE": "/dev/null",
        "DATABASE_URL": own_database.url(AGENT),
    }
    return {**os.environ, **{f"CELLHUB_{name}": str(value) for name, value in settings.items()}}


@pytest.fixture
def launch(environment):
    """Start an agent with options; those that run at the end are killed."""
    started = []

    def start(*options, **settings):
        process = subprocess.Popen(
            [sys.executable, "-m", "cellhub_agi.main", *options],
            env=environment | settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def probe(environment, path):
    url = f"http://127.0.0.1:{environment['CELLHUB_HEALTH_PORT']}{path}"
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def registrations(tmp_path):
    file = tmp_path / "own" / "pjsip_registrations.conf"
    return file.read_text().count("type = registration") if file.exists() else 0


def test_the_files_are_there_before_asterisk_is(launch, tmp_path):
    assert launch("--render").wait(SECONDS) == 0
    assert "systemname = pod-0" in (tmp_path / "own" / "asterisk.conf").read_text()
    assert registrations(tmp_path) == 0


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"CELLHUB_COMMON_CONFIG": "/nowhere"}, "CELLHUB_COMMON_CONFIG: the files of /nowhere cannot be had"),
        ({"CELLHUB_POD": "north"}, "north is no name of a pod"),
    ],
)
def test_what_cannot_be_rendered_is_named(launch, settings, sentence):
    process = launch("--render", **settings)
    _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert sentence in said


def test_it_is_ready_with_its_asterisk_and_its_database_and_registers(launch, environment, tmp_path, shop):
    process = launch()
    wait_for(lambda: probe(environment, "/ready") == 200, "it is ready", SECONDS)
    assert probe(environment, "/live") == 200
    wait_for(lambda: registrations(tmp_path) == 1, "it registers", SECONDS)
    assert shop.rows("SELECT pod FROM registrar_lease") == [(POD,)]
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 0
    assert shop.one("SELECT expires_at <= now() FROM registrar_lease")


def test_a_pod_that_drains_lets_no_call_begin(launch, environment, tmp_path, shop):
    launch()
    wait_for(lambda: probe(environment, "/ready") == 200, "it is ready", SECONDS)
    port = int(environment["CELLHUB_AGI_PORT"])
    taken, refused = uuid.uuid4().hex, uuid.uuid4().hex
    assert ask(port, taken, NUMBER, "north-101").variables["CELL_VERDICT"] == f"ok {taken}"
    (tmp_path / "own" / "draining").touch()
    assert ask(port, refused, NUMBER, "north-101").commands == []
    assert shop.rows("SELECT call_id FROM call") == [(taken,)]


def test_a_trunk_reaches_asterisk_when_the_volume_turns(launch, tmp_path, volume, switch_ami):
    launch()
    wait_for(lambda: registrations(tmp_path) == 1, "it registers", SECONDS)
    volume.bring(rendered("halyard", "spinnaker"))
    wait_for(lambda: registrations(tmp_path) == 2, "the new trunk is there", SECONDS)
    wait_for(
        lambda: (
            ("Reload", "res_pjsip.so") in [(one["Action"], one.get("Module")) for one in switch_ami.heard]
        ),
        "Asterisk is told",
        SECONDS,
    )


def test_it_outlasts_its_asterisk_and_lets_another_pod_register_meanwhile(launch, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as ami:
        process = launch("--outlast", CELLHUB_AMI_PORT=str(ami.getsockname()[1]))
        wait_for((tmp_path / "own" / "draining").exists, "it drains", SECONDS)
        assert process.poll() is None
    assert process.wait(SECONDS) == 0


def test_an_agent_that_is_started_again_in_a_pod_that_drains_lets_no_call_begin(
    launch, environment, tmp_path, shop
):
    (tmp_path / "own" / "draining").touch()
    launch()
    wait_for(lambda: probe(environment, "/ready") == 200, "it is ready", SECONDS)
    port = int(environment["CELLHUB_AGI_PORT"])
    assert ask(port, uuid.uuid4().hex, NUMBER, "north-101").commands == []
    assert registrations(tmp_path) == 0


def test_a_new_pod_drains_no_more(launch, environment, tmp_path):
    (tmp_path / "own" / "draining").touch()
    assert launch("--render").wait(SECONDS) == 0
    launch()
    wait_for(lambda: probe(environment, "/live") == 200, "it lives", SECONDS)
    wait_for(lambda: registrations(tmp_path) == 1, "it registers", SECONDS)
