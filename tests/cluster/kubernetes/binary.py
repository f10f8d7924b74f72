"""The programs that the cluster is made of, each built once from Go modules."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.kubernetes import golang
from tests.cluster.kubernetes.golang import SOURCES, Say


@dataclass(frozen=True, slots=True)
class Program:
    """A program that has the version of one of its modules."""

    name: str
    title: str
    sources: Path
    module: str
    minutes: int
    """What the first build takes on two cores."""
    package: str = "."
    stamped: tuple[str, ...] = ()
    """Packages that take the version from the linker."""

    @property
    def path(self) -> Path:
        """Where the program of these very sources is, or will be."""
        return golang.cached(f"{self.name}-{self.version}", self.sources)

    @property
    def version(self) -> str:
        """Its version, as v1.34.4."""
        found = re.search(rf"{re.escape(self.module)} (v[0-9.]+)", (self.sources / "go.mod").read_text())
        assert found is not None
        return found[1]

    def build(self, say: Say) -> Path:
        """Return the program, and build it first if it is not there.

        Raises:
            Problem: the Go toolchain refused; the text names the log.
        """
        if not self.path.exists():
            say(f"building {self.title} {self.version}, once; on two cores it takes {self.minutes} minutes")
            stamps = " ".join(f"-X {package}.gitVersion={self.version}" for package in self.stamped)
            golang.build(self.path, self.sources, self.package, stamps)
        return self.path


KUBERNETES = Program(
    "cluster",
    "Kubernetes",
    SOURCES / "binary",
    "k8s.io/kubernetes",
    minutes=10,
    # The API server offers what its version has.
    stamped=("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"),
)
DNS = Program("dns", "CoreDNS", SOURCES / "dns", "github.com/coredns/coredns", minutes=3)
KWOK = Program(
    "kwok", "kwok", SOURCES / "kwok", "sigs.k8s.io/kwok", minutes=3, package="sigs.k8s.io/kwok/cmd/kwok"
)
POLICIES = Program(
    "policies",
    "kube-router's firewall",
    SOURCES / "policies",
    "github.com/cloudnativelabs/kube-router/v2",
    minutes=2,
)
ALL = (KUBERNETES, DNS, KWOK, POLICIES)


def are_built() -> bool:
    """Say whether all of them are there."""
    return all(program.path.exists() for program in ALL)


def out_of_reach() -> str | None:
    """Say why they can be neither found nor built here, or nothing; the way to their modules is tried."""
    if reason := why_not():
        return reason
    if not are_built() and (problem := golang.problem_with(f"{KUBERNETES.module}@{KUBERNETES.version}")):
        return f"needs Go modules, and has no way to them: {problem}"
    return None


def why_not() -> str | None:
    """Say what is missing to have them, or nothing."""
    if are_built() or shutil.which("go"):
        return None
    return "needs Go, to build Kubernetes: https://go.dev/dl, or apt-get install golang"
