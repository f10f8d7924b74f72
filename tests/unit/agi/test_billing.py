"""The manual's AGI script: Asterisk runs it, and the agent answers through it."""

from __future__ import annotations

import os
import subprocess
import sys
from threading import Event

import pytest
from cellhub_agi.entries.hangup import HangupEntry, HangupReport
from cellhub_agi.work import Work

from tests.fakes.agi import RAN, environment
from tests.fixtures.installation import free_ports

DIALLED = "905551234567"
SECONDS = 30


class Script:
    """The script as Asterisk starts it: the environment on its standard input, and commands from it."""

    def __init__(self, port, *words):
        command = [sys.executable, "-m", "cellhub_agi.billing", *words]
        settings = os.environ | {"CELLHUB_AGI_PORT": str(port)}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=settings
        )

    def say(self, piece):
        self.process.stdin.write(piece)
        self.process.stdin.flush()

    def run(self):
        """Answer each command before the next is sent, as Asterisk does; return them."""
        commands = []
        while command := self.process.stdout.readline():
            commands.append(command.decode().rstrip("\n"))
            self.say(RAN)
        return commands

    def ended(self):
        """The exit code and what was said on standard error."""
        _, errors = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, errors.decode()


@pytest.fixture
def script():
    started = []

    def start(port, *words, arguments=None):
        one = Script(port, *words)
        started.append(one.process)
        # Asterisk numbers all words of a script, its entry too.
        one.say(environment(*(words if arguments is None else arguments), network_script="cellhub-billing"))
        return one

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_session_is_passed_on_with_the_arguments_that_fastagi_would_have(serve, script, call_id):
    asked, statuses = [], []

    def check(session):
        asked.append((session.call_id, session.arguments, session.channel))
        session.agi.set_variable("BILLINGRESULT", "ok")
        session.agi.set_variable("CELL_VERDICT", f"ok {call_id}")
        statuses.extend(session.agi.send())

    running = script(serve({"check": check}).port, "check", call_id, DIALLED, "north-101")
    assert running.run() == [
        'SET VARIABLE "BILLINGRESULT" "ok"',
        f'SET VARIABLE "CELL_VERDICT" "ok {call_id}"',
    ]
    assert running.ended() == (0, "")
    assert asked == [(call_id, (DIALLED, "north-101"), "PJSIP/north-101-00000001")]
    assert statuses == [200, 200]


def test_more_arguments_than_nine_keep_their_places(serve, script, call_id):
    asked = []
    words = [str(number) for number in range(12)]
    server = serve({"check": lambda session: asked.append(session.arguments)})
    assert script(server.port, "check", call_id, *words).ended() == (0, "")
    assert asked == [tuple(words)]


def test_the_entry_is_the_one_that_the_script_was_started_for(serve, script, call_id):
    reported, told, work = [], Event(), Work(1)

    def hung_up(report):
        reported.append(report)
        told.set()

    port = serve({"hangup": HangupEntry(work, hung_up)}).port
    assert script(port, "hangup", call_id, "BUSY", "17", "486").ended() == (0, "")
    assert told.wait(SECONDS)
    work.finish()
    assert reported == [HangupReport(call_id, "BUSY", "17", 486)]


def test_an_agent_that_gives_no_verdict_ends_the_script_without_a_command(serve, script, call_id):
    running = script(serve({}).port, "check", call_id, DIALLED)
    assert (running.run(), running.ended()) == ([], (0, ""))


def test_without_an_agent_the_script_says_so_and_fails(script, call_id):
    (port,) = free_ports(1)
    code, said = script(port, "check", call_id, DIALLED).ended()
    assert code == 1
    assert said.startswith(f"cellhub-billing: no agent on port {port}: ")


@pytest.mark.parametrize("words", [(), ("dance",), ("Check",)])
def test_a_script_that_is_told_no_entry_says_how_it_is_used(words):
    code, said = Script(1, *words).ended()
    assert (code, said.split(",")[0]) == (2, "usage: cellhub-billing check|hangup CALL_ID [ARGUMENT ...]")
