"""An image as it lies on the disk: an OCI archive, its settings and the files of all its layers."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any


@dataclass(frozen=True)
class Archive:
    """The archive of one image."""

    tar: tarfile.TarFile

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What its one image is made of."""
        [entry] = self._json("index.json")["manifests"]
        return self._blob(entry["digest"])

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What a container of it begins with."""
        settings: dict[str, Any] = self.config["config"]
        return settings

    @cached_property
    def config(self) -> dict[str, Any]:
        """All that is said of it beside its layers."""
        return self._blob(self.manifest["config"]["digest"])

    def files(self) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
        """Each file of each layer with its contents; a folder or a link has none."""
        for layer in self.manifest["layers"]:
            with tarfile.open(fileobj=self._open(layer["digest"])) as files:
                for file in files:
                    yield file, files.extractfile(file) if file.isfile() else None

    def _blob(self, digest: str) -> dict[str, Any]:
        return self._json(_place(digest))

    def _json(self, name: str) -> dict[str, Any]:
        read: dict[str, Any] = json.load(self._file(name))
        return read

    def _open(self, digest: str) -> IO[bytes]:
        return self._file(_place(digest))

    def _file(self, name: str) -> IO[bytes]:
        file = self.tar.extractfile(name)
        assert file is not None
        return file


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an archive for the length of the block."""
    with tarfile.open(path) as tar:
        yield Archive(tar)


def _place(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"
