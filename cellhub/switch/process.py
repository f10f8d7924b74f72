"""Run Asterisk on one machine, from the folder that asterisk-image/build-root.sh made.

Asterisk is not in Debian 12, so it lives in a root folder of its own and is entered by
chroot. Configuration, spool, logs and sockets are bound into it inside a private mount
namespace: when Asterisk ends, however it ends, nothing stays mounted.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

START = Path(__file__).with_name("start.sh")
# The account that the image gives Asterisk; on the host it belongs to nobody.
ASTERISK_ID = 15060
# Ten descriptors a bridged call; Asterisk closes every one of them in each child, so more costs time.
DESCRIPTORS = 4096
TOOLS = ("unshare", "chroot", "mount")
INSTEAD = (
    "The softswitch needs root on Debian. Without it, build the image and run it in a container engine: "
    "`docker build -t cellhub-asterisk asterisk-image` and `docker run --network host "
    "-v {config}:/etc/asterisk:ro -v {spool}:/var/spool/cellhub cellhub-asterisk`."
)


class NotBooted(Exception):
    """Asterisk did not come up in time; the text says what was seen."""


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
    """Say in one sentence why Asterisk cannot run here by chroot, or None if it can."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if os.geteuid() == 0 and not missing and Path("/etc/debian_version").exists():
        return None
    return INSTEAD


def command(folders: SwitchFolders) -> list[str]:
    """Build the command that becomes Asterisk: same process id, so SIGTERM reaches it."""
    own = ["unshare", "--mount", "--propagation", "private", "--", "sh", str(START)]
    places = [folders.root, folders.config, folders.spool, folders.logs, folders.run]
    return [*own, *map(lambda place: str(place.absolute()), places), str(ASTERISK_ID), str(DESCRIPTORS)]


def become(folders: SwitchFolders) -> None:
    """Replace this process by Asterisk; it returns only by raising."""
    folders.prepare()
    argv = command(folders)
    os.execvp(argv[0], argv)  # noqa: S606  no shell; every part is ours
