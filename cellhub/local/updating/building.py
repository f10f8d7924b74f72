"""A release made ready beside the one that runs: unpacked, and set up as a clone is, by its Makefile."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from cellhub.local.report import shown_path
from cellhub.updates.driver import StepFailed
from cellhub.updates.releases import ENVIRONMENT

READY = ".ready"
PINNED = "images/requirements.txt"
CONSTRAINTS = ".constraints"
BUNDLE = "cellhub/web/static/dist/.built"
PIN = re.compile(r"^([A-Za-z0-9._-]+==[^\s\\;]+)", re.MULTILINE)
VERSION = "from importlib.metadata import version; print(version('cellhub'))"


def is_ready(source: Path, digest: str) -> bool:
    """Say whether the archive of this digest was made ready there, to the end."""
    mark = source / READY
    return mark.exists() and mark.read_text(encoding="ascii") == digest


def build(archive: Path, source: Path, version: str, digest: str, log: Path) -> None:
    """Unpack ``archive`` to ``source`` and set it up; whatever lay there is of no use.

    Raises:
        StepFailed: it cannot be; the text says why.
    """
    shutil.rmtree(source, ignore_errors=True)
    _unpack(archive, source)
    _set_up(source, log)
    found = _version(source)
    if found != version:
        raise StepFailed(f"The archive holds the release {found}, and the manifest is of {version}.")
    (source / READY).write_text(digest, encoding="ascii")


def _unpack(archive: Path, source: Path) -> None:
    """Unpack what lies in the archive's one folder, as git archive and sdist make it."""
    draft = source.with_name(f"{source.name}.unpacked")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        with tarfile.open(archive) as opened:
            opened.extractall(draft, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise StepFailed(f"The archive cannot be unpacked: {error}.") from error
    inside = list(draft.iterdir())
    if len(inside) != 1 or not (inside[0] / "Makefile").is_file():
        raise StepFailed("The archive does not hold one folder with the source of a release.")
    inside[0].rename(source)
    draft.rmdir()


def _set_up(source: Path, log: Path) -> None:
    """Let its own Makefile do it, with the very packages that the release was tried with."""
    pins = PIN.findall((source / PINNED).read_text(encoding="utf-8")) if (source / PINNED).exists() else []
    (source / CONSTRAINTS).write_text("\n".join([*pins, ""]), encoding="utf-8")
    targets = [f"{ENVIRONMENT}/.run"] + ([] if (source / BUNDLE).exists() else ["bundle"])
    environment = os.environ | {"PIP_CONSTRAINT": str(source / CONSTRAINTS)}
    # Whoever was started by make hands its flags on; this one begins by itself.
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "VIRTUAL_ENV"):
        environment.pop(name, None)
    with log.open("wb") as output:
        done = subprocess.run(
            ["make", "-C", str(source), *targets], env=environment, stdout=output, stderr=output, check=False
        )
    if done.returncode:
        raise StepFailed(f"The release could not be set up: {_last_line(log)} ({shown_path(log)})")


def _version(source: Path) -> str:
    python = str(source / ENVIRONMENT / "bin" / "python")
    # Isolated: the folder that this process stands in may be the clone of another release.
    done = subprocess.run([python, "-I", "-c", VERSION], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "without a name"


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("make")]
    return (told or lines or ["it said nothing"])[-1]
