"""Where the releases of one machine lie, and which of them each part starts from.

``releases/VERSION`` in the home is a release's source with its virtual environment, as a clone has
it; ``releases/archives`` holds what was handed in, by its digest. ``releases/current`` holds a link
for each part to the environment that it starts from; the link ``run`` is that of ``cellhub run``
itself, and by it of the installation. A machine that was never updated starts everything from its
clone.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from io import BufferedIOBase
from pathlib import Path

from cellhub.domain.releases import Version

RUN = "run"
ENVIRONMENT = ".venv"


def own_environment() -> Path:
    """The virtual environment that this process runs in."""
    return Path(sys.prefix).resolve()


def own_version() -> str:
    """The release of this very code."""
    return metadata.version("cellhub")


@dataclass(frozen=True, slots=True)
class Releases:
    """The releases below ``home``."""

    home: Path

    @property
    def folder(self) -> Path:
        """All of them."""
        return self.home / "releases"

    def source(self, version: str) -> Path:
        """The folder of one release."""
        return self.folder / version

    def environment(self, version: str) -> Path:
        """The virtual environment of one release."""
        return self.source(version) / ENVIRONMENT

    def archive(self, digest: str) -> Path:
        """Where the archive of this SHA-256 is kept, once it was handed in."""
        return self.folder / "archives" / f"{digest}.tar.gz"

    def take(self, file: BufferedIOBase, digest: str) -> None:
        """Keep the archive that ``file`` is, and no other: one update is under way at a time.

        Raises:
            OSError: the disk does not take it.
        """
        kept = self.archive(digest)
        shutil.rmtree(kept.parent, ignore_errors=True)
        kept.parent.mkdir(parents=True)
        draft = kept.with_suffix(".draft")
        with draft.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        draft.rename(kept)

    def link(self, part: str) -> Path:
        """The link by which the process manager finds the environment of ``part``."""
        return self.folder / "current" / part

    def of(self, part: str) -> Path | None:
        """The environment that ``part`` starts from; None if none was chosen, or it is gone."""
        link = self.link(part)
        return link.resolve() if link.exists() else None

    def put(self, part: str, environment: Path) -> None:
        """Let ``part`` start from ``environment`` from now on; what runs goes on."""
        point(self.link(part), environment)

    def settle(self, parts: Iterable[str]) -> None:
        """Let parts start from here that have no release yet, and all of them if the installation has.

        An update that is unfinished has brought some parts further: they stay there.
        """
        own = own_environment()
        ours = self.of(RUN) == own
        for part in (*parts, RUN):
            if not ours or self.of(part) is None:
                self.put(part, own)

    def successor(self) -> Path | None:
        """The environment of the newer release that an update has brought, if we are not it.

        A clone that is newer than that wins: somebody has fetched it since.
        """
        chosen = self.of(RUN)
        if chosen is None or chosen == own_environment():
            return None
        brought = self.version_at(chosen)
        return chosen if brought and Version.parse(brought) > _parsed(own_version()) else None

    def running(self) -> str:
        """The release that the installation runs."""
        environment = self.of(RUN)
        return (self.version_at(environment) if environment else "") or own_version()

    def version_at(self, environment: Path) -> str:
        """The release whose folder ``environment`` lies in; nothing for a clone."""
        inside = environment.parent.parent == self.folder.resolve()
        return environment.parent.name if inside else ""


def point(link: Path, target: Path) -> None:
    """Make ``link`` lead to ``target``, in one piece: there is no moment without it."""
    link.parent.mkdir(parents=True, exist_ok=True)
    draft = link.with_name(f"{link.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(link)


def _parsed(version: str) -> Version:
    """A version for comparing; one without a number such as 1.4.2 is a developer's, newer than all."""
    try:
        return Version.parse(version)
    except ValueError:
        return Version(sys.maxsize, 0, 0)
