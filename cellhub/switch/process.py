"""Run Asterisk on one machine, from the folder that asterisk-image/build-root.sh made.

Asterisk is not in Debian 12, so it lives in a root folder of its own and is entered by
chroot. Configuration, spool, logs and sockets are bound into it inside a private mount
namespace: when Asterisk ends, however it ends, nothing stays mounted.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cellhub.switch.console import NoConsole, ask

DEBIAN = Path("/etc/debian_version")
START = Path(__file__).with_name("start.sh")
# The account that the image gives Asterisk; on the host it belongs to nobody.
ASTERISK_ID = 15060
# Ten descriptors a bridged call; Asterisk closes every one of them in each child, so more costs time.
DESCRIPTORS = 4096
ASTERISK = ("asterisk", "-f", "-p")
_POLL_SECONDS = 0.1
PACKAGES = {"unshare": "util-linux", "mount": "mount", "chroot": "coreutils", "debootstrap": "debootstrap"}
INSTEAD = "run its image in a container engine, as asterisk-image/README.md tells"


@dataclass(frozen=True, slots=True)
class SwitchFolders:
    """Where one Asterisk reads and writes, as paths of the machine."""

    root: Path
    config: Path
    spool: Path
    logs: Path
    run: Path

    @classmethod
    def under(cls, root: Path, home: Path) -> SwitchFolders:
        """Lay the writable folders out below one home."""
        return cls(root, home / "etc", home / "spool", home / "log", home / "run")

    def prepare(self) -> None:
        """Make the folders, owned so that Asterisk writes its own and only reads its configuration."""
        for folder in (self.spool, self.spool / "asterisk", self.logs, self.run):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o750)
            os.chown(folder, ASTERISK_ID, ASTERISK_ID)
        self.config.mkdir(parents=True, exist_ok=True)
        self.config.chmod(0o750)
        os.chown(self.config, -1, ASTERISK_ID)


def why_not() -> str | None:
    """Say in one sentence why Asterisk cannot run here and what can be done, or None if it can."""
    if os.geteuid() != 0 or not DEBIAN.exists():
        return f"The softswitch needs root on Debian; elsewhere {INSTEAD}."
    missing = [package for tool, package in PACKAGES.items() if shutil.which(tool) is None]
    if missing:
        return f"The softswitch needs {' '.join(missing)}: apt-get install them, or {INSTEAD}."
    return None


def command(folders: SwitchFolders, program: Sequence[str] = ASTERISK) -> list[str]:
    """Build the command that becomes Asterisk or its pooler: same process id, so SIGTERM reaches it."""
    own = ["unshare", "--mount", "--propagation", "private", "--", "sh", str(START)]
    places = [folders.root, folders.config, folders.spool, folders.logs, folders.run]
    return [
        *own,
        *map(lambda place: str(place.absolute()), places),
        str(ASTERISK_ID),
        str(DESCRIPTORS),
        *program,
    ]


def become(folders: SwitchFolders, program: Sequence[str] = ASTERISK) -> None:
    """Replace this process by Asterisk or its pooler; it returns only by raising."""
    folders.prepare()
    argv = command(folders, program)
    os.execvp(argv[0], argv)  # noqa: S606  no shell; every part is ours


def wait_booted(folders: SwitchFolders, seconds: float = 60.0) -> None:
    """Wait until Asterisk takes calls, which is later than its first sign of life.

    Raises:
        NoConsole: it did not come up in time; the text says what was seen.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            ask(folders.run, "core waitfullybooted", max(deadline - time.monotonic(), _POLL_SECONDS))
        except NoConsole as error:
            if time.monotonic() > deadline:
                raise NoConsole(f"Asterisk did not boot within {seconds:.0f} s: {error}") from error
            time.sleep(_POLL_SECONDS)
        else:
            return
