"""The layout that the project was given, and the one thing about it that Python could trip over."""

from __future__ import annotations

import operator
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP_LEVEL = {
    "agi",
    "asterisk-image",
    "cellhub",
    "charts",
    "janus-image",
    "migrations",
    "operator",
    "setup.py",
    "tests",
}


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("needs a git clone: only what is tracked counts")
    return [Path(line) for line in done.stdout.splitlines()]


def test_the_top_level_is_the_given_one():
    files = {path.parts[0] for path in tracked()}
    assert files >= TOP_LEVEL
    assert {name for name in files - TOP_LEVEL if not name.startswith(".")} <= {
        "CHANGELOG.md",
        "Dockerfile",
        "LICENSE",
        "MANIFEST.in",
        "Makefile",
        "README.md",
        "docs",
        "images",
        "pyproject.toml",
    }


def test_our_operator_folder_does_not_hide_the_standard_librarys_module():
    assert not (ROOT / "operator" / "__init__.py").exists()
    assert operator.add(2, 3) == 5
    code = "import operator, sys; print(operator.__file__)"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not found.stdout.startswith(str(ROOT / "operator"))


@pytest.mark.parametrize("folder", ["agi", "operator"])
def test_a_mapped_folder_holds_one_package_and_is_none_itself(folder):
    assert not (ROOT / folder / "__init__.py").exists()
    packages = [path.name for path in (ROOT / folder).iterdir() if (path / "__init__.py").exists()]
    assert packages == [f"cellhub_{folder}"]


@pytest.mark.parametrize("package", ["cellhub", "cellhub_agi", "cellhub_operator"])
def test_each_package_is_imported_from_its_folder(package):
    code = f"import {package}; print({package}.__file__)"
    found = subprocess.run([sys.executable, "-c", code], cwd="/", capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(ROOT)


def test_the_commands_are_installed():
    names = {
        entry.name
        for entry in metadata.distribution("cellhub").entry_points
        if entry.group == "console_scripts"
    }
    assert names == {"cellhub", "cellhub-agent", "cellhub-billing", "cellhub-operator"}


def test_files_stay_short():
    # A migration is one step, however long.
    code = [path for path in tracked() if path.suffix == ".py" and path.parts[0] != "migrations"]
    lines = {
        str(path): len((ROOT / path).read_text().splitlines()) for path in code if (ROOT / path).exists()
    }
    assert {path: count for path, count in lines.items() if count > 300} == {}
