"""The cluster's cgroups: one below the root of each hierarchy, by the cluster's name."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.kubernetes.waiting import until

ROOT = Path("/sys/fs/cgroup")
PREFIX = "cellhub-"
EMPTY_SECONDS = 10.0
INHERITED = ("cpuset.cpus", "cpuset.mems")


def make(name: str) -> None:
    """Make the cluster's cgroup in each hierarchy."""
    for hierarchy in _hierarchies():
        group = hierarchy / name
        group.mkdir(exist_ok=True)
        for file in INHERITED:  # version 1 makes it without any processor
            if (hierarchy / file).exists() and (group / file).exists():
                (group / file).write_text((hierarchy / file).read_text())


def remove(name: str) -> None:
    """Remove the cluster's cgroups; its processes must be gone, or going."""
    tops = [hierarchy / name for hierarchy in _hierarchies()]
    until(lambda: all(map(_removed, tops)), f"the cgroups {name} are empty", EMPTY_SECONDS)


def names() -> set[str]:
    """Return the names of all clusters that have cgroups."""
    return {group.name for hierarchy in _hierarchies() for group in hierarchy.glob(f"{PREFIX}*/")}


def _hierarchies() -> list[Path]:
    if (ROOT / "cgroup.controllers").exists():  # version 2 has one
        return [ROOT]
    found = [path for path in ROOT.iterdir() if (path / "cgroup.procs").exists()]
    return sorted({path.resolve() for path in found})


def _removed(top: Path) -> bool:
    """Remove what is empty, the innermost first, and say whether all was."""
    for group in sorted(top.glob("**/"), key=lambda path: len(path.parts), reverse=True):
        try:
            group.rmdir()
        except OSError:  # its last process is on its way out
            return False
    return not top.exists()
