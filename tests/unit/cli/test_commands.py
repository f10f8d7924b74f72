"""What the commands say to somebody who starts them wrongly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cellhub.cli.main import COMMANDS, NOBODY_READS, main

SCRIPTS = Path(sys.executable).parent


def script(*words, **given):
    return subprocess.run(
        [SCRIPTS / words[0], *words[1:]], capture_output=True, text=True, timeout=30, check=False, **given
    )


@pytest.mark.parametrize("words", [["status"], ["stop"]])
def test_a_command_in_the_wrong_folder_names_the_folder(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    main(words)
    said = capsys.readouterr().out
    assert said == f"CellHub does not run in {tmp_path}/var (CELLHUB_HOME). Start it: make run\n"


@pytest.mark.parametrize("name", ["cellhub", "cellhub-agent", "cellhub-operator"])
def test_every_program_explains_itself(name):
    done = script(name, "--help", env={"PATH": os.environ["PATH"]})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {name}")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: cellhub {command}")


def test_the_billing_script_says_who_runs_it():
    done = script("cellhub-billing", "check", stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert (
        done.stderr
        == "cellhub-billing: nothing came on standard input: Asterisk runs this script, by AGI().\n"
    )


def test_the_billing_script_names_a_wrong_port():
    done = script("cellhub-billing", "check", env=os.environ | {"CELLHUB_AGI_PORT": "agi"})
    assert done.returncode == 2
    assert done.stderr == "cellhub-billing: CELLHUB_AGI_PORT: write the port of the agent, such as 4573.\n"


def test_a_reader_who_leaves_early_meets_no_traceback():
    reading, writing = os.pipe()
    os.close(reading)
    code = "import sys; from cellhub.cli import main, status\n"
    code += "status.run = lambda _: print('line', flush=True)\nsys.exit(main.main(['status']))"
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=pipe, stderr=subprocess.PIPE, timeout=30, check=False
        )
    assert (done.returncode, done.stderr) == (NOBODY_READS, b"")
