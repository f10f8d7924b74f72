"""The one binary that is Kubernetes: built once from ``tests/cluster/binary``, kept in a cache."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from cellhub.local.problem import Problem

SOURCES = Path(__file__).resolve().parents[1] / "binary"
FILES = ("go.mod", "go.sum", "main.go")
VERSION_PACKAGES = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
MINUTES = 10
Say = Callable[[str], None]


def path() -> Path:
    """Return where the binary of these very sources is, or will be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "cellhub" / "kubernetes" / f"cluster-{version()}-{_fingerprint()}"


def version() -> str:
    """Return the version of Kubernetes, as v1.34.4."""
    found = re.search(r"k8s\.io/kubernetes (v[0-9.]+)", (SOURCES / "go.mod").read_text())
    assert found is not None
    return found[1]


def why_not() -> str | None:
    """Say what is missing to have the binary, or nothing."""
    if path().exists() or shutil.which("go"):
        return None
    return "needs Go, to build Kubernetes: https://go.dev/dl, or apt-get install golang"


def build(say: Say) -> Path:
    """Return the binary, and build it first if it is not there.

    Raises:
        Problem: the Go toolchain refused; the text names the log.
    """
    target = path()
    if target.exists():
        return target
    say(f"building Kubernetes {version()}, once; on two cores that takes about {MINUTES} minutes")
    target.parent.mkdir(parents=True, exist_ok=True)
    log, unfinished = target.with_suffix(".log"), target.with_suffix(".unfinished")
    with log.open("wb") as output:
        done = subprocess.run(
            _command(unfinished), cwd=SOURCES, env=_environment(), stdout=output, stderr=output, check=False
        )
    if done.returncode:
        raise Problem(f"Kubernetes could not be built; the reason is at the end of {log}")
    unfinished.rename(target)
    log.unlink()
    return target


def _command(target: Path) -> list[str]:
    # The API server offers what its version has, and takes the version from the linker.
    stamps = [f"-X {package}.gitVersion={version()}" for package in VERSION_PACKAGES]
    flags = " ".join(["-s", "-w", *stamps])
    return ["nice", "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", str(target), "."]


def _environment() -> dict[str, str]:
    return os.environ | {"CGO_ENABLED": "0"}


def _fingerprint() -> str:
    content = b"".join((SOURCES / name).read_bytes() for name in FILES)
    return hashlib.sha256(content).hexdigest()[:12]
