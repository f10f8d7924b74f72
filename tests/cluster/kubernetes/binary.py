"""The one binary that is Kubernetes: built once from ``tests/cluster/binary``."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.cluster.kubernetes import golang
from tests.cluster.kubernetes.golang import SOURCES, Say

MODULE = SOURCES / "binary"
VERSION_PACKAGES = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
MINUTES = 10


def path() -> Path:
    """Return where the binary of these very sources is, or will be."""
    return golang.cached(f"cluster-{version()}", MODULE)


def version() -> str:
    """Return the version of Kubernetes, as v1.34.4."""
    found = re.search(r"k8s\.io/kubernetes (v[0-9.]+)", (MODULE / "go.mod").read_text())
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
    if not target.exists():
        say(f"building Kubernetes {version()}, once; on two cores that takes about {MINUTES} minutes")
        # The API server offers what its version has, and takes the version from the linker.
        stamps = " ".join(f"-X {package}.gitVersion={version()}" for package in VERSION_PACKAGES)
        golang.build(target, MODULE, ".", stamps)
    return target
