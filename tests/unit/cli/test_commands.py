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


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["explain", "--call", "ab"], "CellHub does not run, so its database cannot be asked"),
        (["explain", "--number", "112"], "--number needs --sip-user: the price depends on who dials."),
        (
            ["explain", "--call", "ab", "--at", "2026-07-16T14:30"],
            "--sip-user and --at belong to",
        ),
        (["explain", "--number", "1", "--sip-user", "a", "--at", "noon"], "'noon': write a moment such as"),
        (["explain"], "one of the arguments --call --number is required"),
        (["rerate", "--from", "2026-07-02", "--until", "2026-07-01"], "--until: 2026-07-01 is before"),
        (["rerate", "--from", "July", "--until", "2026-07-01"], "'July': write a day such as 2026-07-16."),
        (
            ["review", "ab", "--settle", "1"],
            "To settle a call write its id",
        ),
        (["review", "ab", "--settle", "-1", "--note", "a"], "SECONDS: write 0 or more."),
        (["review", "ab", "--settle", "1", "--note", " "], "write why, in 1 to 500 characters."),
    ],
)
def test_wrong_words_end_with_a_sentence_and_exit_code_2(words, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    try:
        code = main(words)
    except SystemExit as ended:
        code = ended.code
    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert sentence in said.err
