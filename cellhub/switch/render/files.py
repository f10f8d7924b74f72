"""Bring rendered files to a folder, and tell Asterisk which of them changed."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

# What reads each file. One that is not here takes effect at the next start only.
MODULES = {
    "extensions.conf": "pbx_config.so",
    "logger.conf": "logger",
    "manager.conf": "manager",
    "pjsip.conf": "res_pjsip.so",  # and with it identify and registration
    "pjsip_registrations.conf": "res_pjsip.so",
    "res_odbc.conf": "res_odbc.so",
    "rtp.conf": "res_rtp_asterisk.so",
}
_ENDPOINT = re.compile(r"^\[(\S+)\]\ntype = endpoint$", re.MULTILINE)
READABLE_BY_GROUP = 0o640  # some hold secrets; Asterisk's group reads them


def write(files: Mapping[str, str], folder: Path, group: int | None = None) -> set[str]:
    """Write each file that differs, whole or not at all, and return the names of those.

    With ``group`` the files belong to that group, which is how a switch that runs as
    another user reads them.
    """
    changed = {name for name, text in files.items() if _differs(folder / name, text)}
    for name in sorted(changed):
        _replace(folder / name, files[name], group)
    return changed


def modules_to_reload(changed: Collection[str]) -> list[str]:
    """List the modules that read the changed files, in a stable order."""
    return sorted({MODULES[name] for name in changed if name in MODULES})


def endpoints(folder: Path) -> set[str]:
    """Name the endpoints, each of a trunk, of the files in ``folder``; none while there are no files."""
    try:
        return set(_ENDPOINT.findall((folder / "pjsip.conf").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return set()


def _differs(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") != text
    except FileNotFoundError:
        return True


def _replace(path: Path, text: str, group: int | None) -> None:
    """Put the text in place by a rename: a reload never sees half a file."""
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), READABLE_BY_GROUP)
            if group is not None:
                os.fchown(file.fileno(), -1, group)
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise
