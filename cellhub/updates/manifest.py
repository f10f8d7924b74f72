"""A release's manifest: what the release is, and the signature by which it is believed.

The signature is Ed25519 over the manifest's very bytes, in base64 beside it. Nothing of a
manifest is read before its signature holds.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from io import BufferedIOBase
from pathlib import Path
from typing import Annotated, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cellhub.domain.releases import Version

Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
ImageDigest = Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$")]
Revision = Annotated[str, Field(pattern="^[0-9a-z_]{1,32}$")]
FileName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}$")]


class ManifestError(Exception):
    """The manifest is not believed, or cannot be read; the text says why."""


def _version(text: str) -> str:
    return str(Version.parse(text))


VersionText = Annotated[str, AfterValidator(_version)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Migrations(_Strict):
    """The revisions of the tables before and after; they only expand."""

    first: Revision = Field(alias="from")
    last: Revision = Field(alias="to")


class Archive(_Strict):
    """The file with the release's code, for one machine; it lies beside the manifest."""

    name: FileName
    sha256: Digest


class Manifest(_Strict):
    """What a release is."""

    version: VersionText
    follows: VersionText
    """The oldest release that it can follow."""

    migrations: Migrations
    images: dict[str, ImageDigest] = Field(default_factory=dict)
    """By part. No registry is named: who has one of its own has the same digests in it."""

    archive: Archive | None = None

    @property
    def number(self) -> Version:
        """The version, to be compared."""
        return Version.parse(self.version)


def read(document: bytes, signature: str, key: str) -> Manifest:
    """Return the manifest if ``key`` (a public key in base64) has signed these very bytes.

    Raises:
        ManifestError: says what is wrong.
    """
    _check_signature(document, signature, _public_key(key))
    try:
        return Manifest.model_validate_json(document)
    except ValidationError as error:
        first: Any = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise ManifestError(f"The manifest is signed, but wrong at {where}: {first['msg']}.") from error


def check_images(manifest: Manifest, images: Mapping[str, str]) -> None:
    """Refuse images, by part and with their digests, that are not those of the release.

    Raises:
        ManifestError: names the first that is not.
    """
    for part, image in sorted(images.items()):
        digest = image.rpartition("@")[2]
        if part not in manifest.images:
            raise ManifestError(f"The release has no image of the {part}.")
        if digest != manifest.images[part]:
            raise ManifestError(
                f"The image of the {part} is {digest}, and the release's is {manifest.images[part]}."
            )


def check_archive(manifest: Manifest, archive: Path) -> None:
    """Refuse an archive that is not the release's.

    Raises:
        ManifestError: says what is wrong.
        OSError: it cannot be read.
    """
    with archive.open("rb") as file:
        check_content(manifest, file, archive.name)


def check_content(manifest: Manifest, file: BufferedIOBase, name: str) -> None:
    """Refuse the archive ``name``, open as ``file``, that is not the release's.

    Raises:
        ManifestError: says what is wrong.
    """
    if manifest.archive is None:
        raise ManifestError("The release has no archive for one machine.")
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != manifest.archive.sha256:
        raise ManifestError(f"{name} has the digest {digest}, and {manifest.archive.sha256} is signed.")


def sign(document: bytes, key: Ed25519PrivateKey) -> str:
    """Return the signature of ``document``, in base64."""
    return base64.b64encode(key.sign(document)).decode()


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public half of ``key`` as the setting holds it."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def _public_key(text: str) -> Ed25519PublicKey:
    if not text:
        raise ManifestError(
            "CELLHUB_RELEASE_KEY: no public key of releases is set, so no release can be believed."
        )
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise ManifestError("CELLHUB_RELEASE_KEY: it is no Ed25519 public key in base64.") from error


def _check_signature(document: bytes, signature: str, key: Ed25519PublicKey) -> None:
    if not signature.strip():
        raise ManifestError("The manifest has no signature.")
    try:
        key.verify(base64.b64decode(signature.strip(), validate=True), document)
    except (InvalidSignature, binascii.Error) as error:
        raise ManifestError(
            "The signature does not hold: the manifest was changed after it was signed, "
            "or another key than that of CELLHUB_RELEASE_KEY has signed it."
        ) from error
