"""Whether the disk takes what an update writes: another release, and the backup."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sqlalchemy import func, select

from cellhub.db.scope import DatabaseRole
from cellhub.db.session import make_engine
from cellhub.local.installation import Installation
from cellhub.local.sessions import APPLICATION
from cellhub.updates.releases import own_environment

UNPACKED = 10
"""How many times larger source becomes, at most."""

SPARE = 200_000_000
"""Bytes that calls and logs have left beside it."""


def objection(installation: Installation, archive: Path, is_set_up: bool) -> str:
    """Say how much room is missing, in a sentence; nothing if there is enough."""
    release = 0 if is_set_up else size(own_environment()) + UNPACKED * archive.stat().st_size
    backup = _database_bytes(installation)
    needed, free = release + backup + SPARE, shutil.disk_usage(installation.home).free
    return "" if free >= needed else sentence(installation.home, free, release, backup)


def sentence(home: Path, free: int, release: int, backup: int) -> str:
    """Say what is needed and what there is, in GB."""
    needed = release + backup + SPARE
    return (
        f"CELLHUB_HOME: {home} has {_gb(free)} GB free, and {_gb(needed)} are needed: {_gb(release)} for the "
        f"release, {_gb(backup)} for the backup, {_gb(SPARE)} to spare. Make room: old files of backups/ and "
        "folders of releases/ that nothing starts from may go."
    )


def size(folder: Path) -> int:
    """Count the bytes of all files below ``folder``."""
    return sum((Path(where) / name).lstat().st_size for where, _, names in os.walk(folder) for name in names)


def _database_bytes(installation: Installation) -> int:
    engine = make_engine(installation.database_url(DatabaseRole.OWNER), application=APPLICATION, pool_size=1)
    with engine.connect() as connection:
        found = connection.scalar(select(func.pg_database_size(func.current_database())))
    engine.dispose()
    return int(found or 0)


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f}"
