"""A machine as 'make run' leaves it: every part up, started once, its pages served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from cellhub.local import report
from cellhub.local.processes import PARTS

CELLHUB = Path(sys.executable).with_name("cellhub")


@pytest.fixture
def cellhub(machine):
    """Run a sub command for the running machine; returns its exit code and what it printed."""
    variables = os.environ | machine.installation.environment("cellhub_portal")

    def run(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [CELLHUB, *words], env=variables, capture_output=True, text=True, check=False, timeout=60
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_every_part_that_can_run_here_runs(machine):
    assert {name: part.trouble for name, part in machine.parts.items() if part.trouble and not part.off} == {}
    assert set(machine.parts) == {part.name for part in PARTS}


def test_the_portal_answers(machine):
    with urllib.request.urlopen(report.address(machine.installation) + "readyz", timeout=10) as response:
        assert (response.status, response.read()) == (200, b"ok\n")


def test_commits_reach_the_disk(machine):
    with machine.installation.postgres().superuser() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
        assert cursor.fetchone() == ("on", "on")


def test_a_second_start_says_so_and_starts_nothing(machine, cellhub):
    before = {state.name: state.pid for state in machine.supervisor.states()}
    code, printed = cellhub("run")
    assert (code, printed.splitlines()[0]) == (
        0,
        f"CellHub already runs: {report.address(machine.installation)}",
    )
    assert {state.name: state.pid for state in machine.supervisor.states()} == before


def test_status_lists_the_parts(machine, cellhub):
    code, printed = cellhub("status")
    assert code == 0
    assert [line.split()[:2] for line in printed.splitlines()[2:]] == [
        [state.name, "OK"]
        for part in PARTS
        for state in machine.supervisor.states()
        if state.name == part.name
    ]


def test_a_call_that_is_imagined_is_explained_as_text_and_as_json(cellhub):
    words = ("explain", "--number", "905551234567", "--sip-user", "harbour-1")
    code, printed = cellhub(*words)
    assert code == 0
    assert printed.startswith("If harbour-1 dialled 905551234567 at ")
    code, printed = cellhub(*words, "--json")
    assert (code, json.loads(printed)["verdict"]["verdict"]) == (0, "ok")


def test_the_commands_about_calls_name_what_is_not_there(cellhub):
    assert cellhub("explain", "--number", "1", "--sip-user", "nobody") == (
        2,
        "cellhub: There is no SIP user 'nobody'.\n",
    )
    assert cellhub("explain", "--call", "ab" * 16) == (
        2,
        f"cellhub: There is no call whose id begins with {'ab' * 16}.\n",
    )
    assert cellhub("review") == (0, "No call is in review.\n")


def test_the_books_of_the_demo_are_priced_again(cellhub):
    code, printed = cellhub("rerate", "--from", "2020-01-01", "--until", "2099-12-31")
    assert (code, printed.splitlines()[4]) == (0, "  0 calls differ.")


def test_a_log_in_of_the_file_is_not_in_any_log(machine):
    words = [line.split()[-1] for line in machine.installation.log_ins_file.read_text().splitlines()]
    secrets = [path.read_text().strip() for path in machine.installation.secrets.folder.iterdir()]
    for log in machine.installation.logs.iterdir():
        text = log.read_text(errors="replace")
        assert not any(secret in text for secret in (*words, *secrets)), log.name
