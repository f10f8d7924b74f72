"""Programs built from Go sources of ours, each kept in a cache by the hash of its sources."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from cellhub.local.problem import Problem
from tests.cluster.kubernetes.commands import run

SOURCES = Path(__file__).resolve().parents[1]
ANSWER_SECONDS = 60.0
Say = Callable[[str], None]


def cached(name: str, folder: Path) -> Path:
    """Return where the program ``name`` of these very sources is, or will be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "cellhub" / "kubernetes" / f"{name}-{_fingerprint(folder)}"


def build(target: Path, module: Path, package: str, linker: str = "") -> None:
    """Build a static program, with a log beside it until it is done.

    Raises:
        Problem: the Go toolchain refused; the text names the log.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    log, unfinished = target.with_name(f"{target.name}.log"), target.with_name(f"{target.name}.unfinished")
    flags = ["-trimpath", "-buildvcs=false", "-ldflags", f"-s -w {linker}", "-o", str(unfinished)]
    with log.open("wb") as output:
        done = subprocess.run(
            ["nice", "go", "build", *flags, package],
            cwd=module,
            env=os.environ | {"CGO_ENABLED": "0"},
            stdout=output,
            stderr=output,
            check=False,
        )
    if done.returncode:
        raise Problem(f"{target.name} could not be built; the reason is at the end of {log}")
    unfinished.rename(target)
    log.unlink()


def problem_with(module: str) -> str | None:
    """Ask for a module, as k8s.io/api@v0.34.4, and return what is in the way to it, if anything is."""
    try:
        run("go", "-C", "/", "list", "-m", module, seconds=ANSWER_SECONDS)
    except (Problem, subprocess.TimeoutExpired) as problem:
        return str(problem)
    return None


def _fingerprint(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".go", ".mod", ".sum"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
