"""A signed release, and the key that signs it."""

from __future__ import annotations

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellhub.updates.manifest import public_text, sign

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = public_text(KEY)
DIGESTS = {part: "sha256:" + letter * 64 for part, letter in zip(
    ("portal", "operator", "agent", "asterisk", "janus"), "aaabc", strict=True)}  # fmt: skip
RELEASE: dict[str, Any] = {
    "version": "1.5.0",
    "follows": "1.3.0",
    "migrations": {"from": "0019", "to": "0021"},
    "images": DIGESTS,
}


def signed(**changes: Any) -> tuple[bytes, str]:
    """A manifest and its signature."""
    document = json.dumps(RELEASE | changes, indent=1).encode()
    return document, sign(document, KEY)
