"""The agent as a process: it says what it lacks, serves, ends in order, and takes up what it left."""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from decimal import Decimal

import pytest

from cellhub.charging.verdicts import Granted, Request
from tests.fakes.agi import ask
from tests.fixtures.installation import free_ports
from tests.fixtures.pod import answer_line, end_line
from tests.fixtures.shop import AGENT, NUMBER, TRUNK
from tests.fixtures.switch import wait_for

SECONDS = 20


class Agents:
    """Agents of one pod, one after the other, each a process."""

    def __init__(self, environment, home, port):
        self.port, self.spool = port, home / "spool"
        self.spool.mkdir()
        self.environment = {
            **os.environ,
            **environment,
            "CELLHUB_HOME": str(home),
            "CELLHUB_TENANT": "north",
            "CELLHUB_AGI_PORT": str(port),
            "CELLHUB_AMI_PORT": str(port),  # no Asterisk: it goes by the evidence
            "CELLHUB_SWITCH_SPOOL": str(self.spool),
            "CELLHUB_AGENT_SPOOL": str(home / "agent"),
        }
        self.processes = []

    def launch(self, **settings):
        """Start a process and return it."""
        command = [sys.executable, "-m", "cellhub_agi.main"]
        process = subprocess.Popen(
            command,
            env=self.environment | settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def start(self):
        """Start one that serves."""
        process = self.launch()
        wait_for(lambda: process.poll() is not None or self.listens(), "it listens", SECONDS)
        return process

    def listens(self):
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            return True
        return False

    def write(self, text):
        """Append to Asterisk's file of the legs."""
        with (self.spool / "legs-2026112601.log").open("a") as file:
            file.write(text)


@pytest.fixture
def agents(shop, own_database, tmp_path):
    (port,) = free_ports(1)
    one = Agents(own_database.environment(AGENT), tmp_path, port)
    yield one
    for process in one.processes:
        process.kill()
        process.communicate()


def test_it_answers_and_ends_by_itself_when_it_is_told_to(agents, call_id):
    process = agents.start()
    heard = ask(agents.port, call_id, NUMBER, "north-101").variables
    assert heard["CELL_VERDICT"] == f"ok {call_id}"
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 0
    assert not agents.listens()


def test_a_call_outlives_the_agent_that_checked_it_and_is_charged_by_the_next(agents, shop, call_id):
    process = agents.start()
    ask(agents.port, call_id, NUMBER, "north-101")
    granted = Granted(Request(call_id, "north-101", NUMBER), NUMBER, (), (), 60, False, 122)
    answered = dt.datetime.now(dt.UTC).replace(microsecond=0)
    agents.write(answer_line(granted, answered))
    wait_for(lambda: shop.one("SELECT state FROM call") == "ANSWERED", "the answer is noted")
    process.kill()
    process.wait(SECONDS)
    agents.write(end_line(granted, answered + dt.timedelta(seconds=30), answered=answered))
    agents.start()
    wait_for(lambda: shop.one("SELECT state FROM call") == "SETTLED", "the call is settled")
    assert shop.rows("SELECT trunk, billsec FROM cdr WHERE call_id = :id", id=call_id) == [
        (TRUNK, Decimal("30.000"))
    ]
    assert shop.money(shop.company.client.id)[1] == 0


def test_a_port_that_is_taken_is_named(agents):
    with socket.create_server(("127.0.0.1", agents.port)):
        process = agents.launch()
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert said.startswith(f"cellhub-agent: CELLHUB_AGI_PORT {agents.port}: Address already in use")


def test_a_setting_that_is_wrong_is_named(agents):
    process = agents.launch(CELLHUB_AGI_PORT="agi")
    _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert said.startswith("cellhub-agent: ")
    assert "CELLHUB_AGI_PORT" in said
