"""Secrets that nobody types: made once, kept in files that only their owner reads."""

from __future__ import annotations

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

PASSWORD_BYTES = 24
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class SecretStore:
    """A folder of mode 0700 with one file of mode 0600 for each secret."""

    folder: Path

    def password(self, name: str) -> str:
        """Return the password ``name``; the first call makes it (192 random bits, URL-safe)."""
        return self.file(name, secrets.token_urlsafe(PASSWORD_BYTES)).read_text("ascii").strip()

    def keep(self, name: str, secret: str) -> None:
        """Keep a secret that was generated elsewhere, in place of an older one."""
        self.file(name, secret)
        write_private(self.folder / name, secret + "\n")

    def key_file(self, name: str) -> Path:
        """Return the file of the encryption key ``name`` (32 random bytes, URL-safe base64)."""
        return self.file(name, base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii"))

    def file(self, name: str, fresh: str) -> Path:
        """Return the file of ``name``, holding ``fresh`` unless it exists already."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        path = self.folder / name
        if not path.exists():
            write_private(path, fresh + "\n")
        return path


def write_private(path: Path, text: str) -> None:
    """Put ``text`` into ``path`` with mode 0600, in one piece: readers see the old text or the new."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
