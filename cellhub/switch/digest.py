"""The digests by which Asterisk knows a SIP user, so that no SIP password need be kept.

A digest holds the realm: whoever computes one and the softswitch that challenges for it
must name the same.
"""

from __future__ import annotations

import hashlib

REALM = "cellhub"


def md5_ha1(username: str, secret: str) -> str:
    """Return the MD5 digest of RFC 2617, in small hex: every phone can answer to it."""
    # The algorithm is the protocol's; the secret has 16 random characters or more.
    return hashlib.md5(_credentials(username, secret), usedforsecurity=False).hexdigest()


def sha256_ha1(username: str, secret: str) -> str:
    """Return the SHA-256 digest of RFC 8760, in small hex."""
    return hashlib.sha256(_credentials(username, secret)).hexdigest()


def _credentials(username: str, secret: str) -> bytes:
    return f"{username}:{REALM}:{secret}".encode()
