"""Save a whole database to a file, and prove that the file can be read again."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cellhub.db.server import for_programs

PARTIAL = ".part"


class NotSaved(Exception):
    """There is no backup; the text says why."""


def save(programs: Path, admin_url: str, database: str, target: Path) -> int:
    """Save ``database`` with the ``pg_dump`` among ``programs``; return how many entries the file lists.

    The login has to be above the wall between tenants. A file that is there is whole.

    Raises:
        NotSaved: it could not be written, or not be read again.
    """
    partial = target.with_name(target.name + PARTIAL)
    address, environment = for_programs(admin_url, database)
    try:
        entries = _saved(programs, partial, address, environment)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return entries


def _saved(programs: Path, target: Path, address: str, environment: dict[str, str]) -> int:
    dump = ["--format=custom", "--no-password", f"--file={target}", f"--dbname={address}"]
    _run([programs / "pg_dump", *dump], environment)
    listed = _run([programs / "pg_restore", "--list", target], environment)
    entries = sum(1 for line in listed.splitlines() if line and not line.startswith(";"))
    if not entries:
        raise NotSaved(f"{target.name} lists nothing.")
    return entries


def _run(command: list[str | Path], environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603  programs of our own wheel
            [*map(str, command)], env=environment, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise NotSaved(f"{command[0]}: {error.strerror}.") from error
    if done.returncode:
        raise NotSaved(done.stderr.strip() or f"{command[0]} ended with {done.returncode}.")
    return done.stdout
