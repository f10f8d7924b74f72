"""The files that all pods of a tenant share, brought to the Asterisk of this one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from cellhub.switch.render import write
from cellhub.switch.render.pods import for_pod

CURRENT = "..data"
"""The link that Kubernetes turns when a volume's files change, all of them at once."""


class PodFiles:
    """Writes them from ``common`` to ``own``; ``registers`` says whether this pod does."""

    def __init__(self, common: Path, own: Path, pod: str, registers: Callable[[], bool]) -> None:
        self._common, self._own, self._pod = common, own, pod
        self._registers = registers
        self._written: tuple[object, bool] | None = None
        self._lock = Lock()

    def stale(self) -> bool:
        """Say whether the shared files changed since they were written, or who registers did."""
        return self._written != (self._version(), self._registers())

    def write(self) -> set[str]:
        """Write what differs and return the names of those files.

        Raises:
            OSError: the shared files are not there.
        """
        with self._lock:
            version, registers = self._version(), self._registers()
            files = for_pod(self._read(), self._pod, registers=registers)
            changed = write(files, self._own)
            self._written = version, registers
        return changed

    def _read(self) -> dict[str, str]:
        """Read all of one moment: the link is followed once."""
        folder = (self._common / CURRENT).resolve() if (self._common / CURRENT).exists() else self._common
        return {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted(folder.iterdir())
            if path.is_file() and not path.name.startswith(".")
        }

    def _version(self) -> object:
        """What changes with the files; without the link their times and sizes."""
        try:
            return os.readlink(self._common / CURRENT)
        except OSError:
            return sorted(
                (path.name, path.stat().st_mtime_ns, path.stat().st_size)
                for path in self._common.glob("*.*")
                if path.is_file()
            )
