"""Passwords of people: Argon2id, with the library's current parameters."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH = 10

_hasher = PasswordHasher()
# Verified in place of a hash that does not exist, so that an unknown address takes as
# long to refuse as a known one.
_nobody = _hasher.hash(secrets.token_urlsafe())


def hash_password(password: str) -> str:
    """Hash ``password`` for storage."""
    return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Tell whether ``password`` is the one of ``stored``; without one it takes as long and fails."""
    try:
        return _hasher.verify(stored or _nobody, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Tell whether the parameters have grown since ``stored`` was made."""
    return _hasher.check_needs_rehash(stored)
