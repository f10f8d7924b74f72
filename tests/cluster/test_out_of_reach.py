"""Whether these tests can be run on a machine, and what is said if they cannot."""

from __future__ import annotations

import subprocess
import sys

import pytest

NO_WAY = "go: k8s.io/kubernetes@v1.34.4: dial tcp: no such host"


@pytest.fixture
def said(tmp_path):
    """What is said on a machine without a cache, whose Go is a script."""

    def of(go: str | None) -> str:
        if go is not None:
            (tmp_path / "go").write_text(f"#!/bin/sh\n{go}\n")
            (tmp_path / "go").chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-m", "tests.cluster.kubernetes", "out-of-reach"],
            env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    return of


def test_where_there_is_go_and_a_way_to_its_modules_nothing_is_missing(said):
    assert said("exit 0") == ""


def test_a_machine_without_go_says_so(said):
    assert said(None).startswith("needs Go, to build Kubernetes")


def test_where_gos_modules_cannot_be_had_it_says_what_is_in_the_way(said):
    assert said(f"echo '{NO_WAY}' >&2; exit 1") == (
        f"needs Go modules, and has no way to them: go -C /: {NO_WAY}"
    )
