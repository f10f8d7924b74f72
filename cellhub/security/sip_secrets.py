"""Secrets of SIP users: generated and shown once; the digests are :mod:`cellhub.switch.digest`'s."""

from __future__ import annotations

import secrets

# No 0/O, 1/l/I: a person may have to read it from a screen into a desk phone.
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
GROUPS, GROUP_LENGTH = 4, 5


def generate() -> str:
    """A secret of 20 random characters (116 bits) in groups that a person can copy."""
    characters = iter(lambda: secrets.choice(ALPHABET), None)
    return "-".join("".join(next(characters) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
