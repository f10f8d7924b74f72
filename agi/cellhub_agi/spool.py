"""Deeds that the database could not take: on disk before they count as kept, replayed in order."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import psycopg2
import structlog

from cellhub.charging.connections import DatabaseAway

ENDING = ".json"
ASIDE = "aside"

Deed = Callable[[Mapping[str, Any]], None]
logger = structlog.get_logger(__name__)


class Spool:
    """A folder with a file for each deed; its name is its place in the order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._lock = Lock()
        self._replaying = Lock()
        (folder / ASIDE).mkdir(parents=True, exist_ok=True)

    def add(self, kind: str, values: Mapping[str, Any]) -> None:
        """Keep a deed; when this returns it survives a power cut.

        Raises:
            OSError: it could not be written, and is not kept.
        """
        with self._lock:
            name = f"{time.time_ns():020d}-{next(self._numbers):06d}{ENDING}"
            partial = self._folder / f".{name}"
            try:
                _write(partial, json.dumps({"kind": kind, "values": values}))
            except OSError:
                partial.unlink(missing_ok=True)  # what is half there helps nobody and takes room
                raise
            partial.rename(self._folder / name)
            _sync_folder(self._folder)
        logger.warning("spool.kept", kind=kind, call=values.get("call_id"))

    def __len__(self) -> int:
        """How many deeds wait."""
        return len(self._waiting())

    def replay(self, deeds: Mapping[str, Deed]) -> int:
        """Do what waits, oldest first, until the database is away again; return how many were done."""
        done = 0
        with self._replaying:
            for path in self._waiting():
                try:
                    self._do(path, deeds)
                except DatabaseAway:
                    break
                done += 1
        return done

    def _do(self, path: Path, deeds: Mapping[str, Deed]) -> None:
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            deeds[kept["kind"]](kept["values"])
        except (ValueError, KeyError, TypeError, psycopg2.Error) as error:
            # It would fail for ever and hold up all that came after it.
            path.rename(self._folder / ASIDE / path.name)
            logger.error("spool.set_aside", file=path.name, reason=str(error))
        else:
            path.unlink()

    def _waiting(self) -> list[Path]:
        return sorted(path for path in self._folder.glob(f"*{ENDING}") if not path.name.startswith("."))


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
