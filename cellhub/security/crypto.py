"""Secrets that must be sent on (trunk and mail passwords), encrypted under a key file."""

from __future__ import annotations

from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken


class SecretKeyError(Exception):
    """The key file is missing, is no key, or is not the one a secret was encrypted with."""


class SecretBox:
    """Encrypts under a key that the database does not hold."""

    def __init__(self, key: bytes) -> None:
        try:
            self._fernet = Fernet(key)
        except ValueError:
            raise SecretKeyError("The secret key must be 32 bytes in URL-safe base64.") from None

    @classmethod
    def from_file(cls, path: Path) -> SecretBox:
        """Read the key from ``path``."""
        try:
            return cls(path.read_bytes().strip())
        except OSError as error:
            raise SecretKeyError(f"CELLHUB_SECRET_KEY_FILE: cannot read {path}: {error.strerror}.") from None

    def seal(self, secret: str) -> bytes:
        """Encrypt for the database."""
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt what :meth:`seal` made."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise SecretKeyError(
                "A stored secret was encrypted under another key: restore CELLHUB_SECRET_KEY_FILE."
            ) from None


def new_key() -> bytes:
    """A fresh key for a key file."""
    return Fernet.generate_key()
