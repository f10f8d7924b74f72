"""Which manifests are believed, and what is said of the others."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from cellhub.domain.releases import Version
from cellhub.updates.manifest import (
    Archive,
    Manifest,
    ManifestError,
    Migrations,
    check_archive,
    check_images,
    public_text,
    read,
    sign,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = public_text(KEY)
ASTERISK, AGENT = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
CONTENT = {
    "version": "1.5.0",
    "follows": "1.3.0",
    "migrations": {"from": "0019", "to": "0021"},
    "images": {"asterisk": ASTERISK, "agent": AGENT},
    "archive": {"name": "cellhub-1.5.0.tar.gz", "sha256": hashlib.sha256(b"code").hexdigest()},
}


def document(**changes):
    return json.dumps(CONTENT | changes).encode()


def believed(**changes):
    signed = document(**changes)
    return read(signed, sign(signed, KEY), PUBLIC)


def test_a_signed_manifest_is_read():
    assert believed() == Manifest(
        version="1.5.0",
        follows="1.3.0",
        migrations=Migrations(first="0019", last="0021"),
        images={"asterisk": ASTERISK, "agent": AGENT},
        archive=Archive(name="cellhub-1.5.0.tar.gz", sha256=hashlib.sha256(b"code").hexdigest()),
    )
    assert believed().number == Version(1, 5, 0)


@given(st.integers(0, len(document()) - 1), st.integers(1, 255))
def test_whatever_is_changed_after_it_was_signed_is_not_believed(where, how):
    signed = document()
    changed = bytearray(signed)
    changed[where] ^= how
    with pytest.raises(ManifestError, match="The signature does not hold"):
        read(bytes(changed), sign(signed, KEY), PUBLIC)


@pytest.mark.parametrize(
    ("signature", "key", "sentence"),
    [
        (sign(document(), Ed25519PrivateKey.generate()), PUBLIC, "The signature does not hold"),
        ("", PUBLIC, "The manifest has no signature."),
        ("no base64!", PUBLIC, "The signature does not hold"),
        (base64.b64encode(b"short").decode(), PUBLIC, "The signature does not hold"),
        (sign(document(), KEY), "", "CELLHUB_RELEASE_KEY: no public key of releases is set"),
        (sign(document(), KEY), "AAAA", "CELLHUB_RELEASE_KEY: it is no Ed25519 public key in base64."),
        (sign(document(), KEY), "?", "CELLHUB_RELEASE_KEY: it is no Ed25519 public key in base64."),
    ],
)
def test_what_nobody_trusted_has_signed_is_not_believed(signature, key, sentence):
    with pytest.raises(ManifestError, match=sentence):
        read(document(), signature, key)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"hooks": ["rm"]}, "wrong at hooks: Extra inputs are not permitted."),
        ({"migrations": {"from": "0019", "to": "0021", "by": "x"}}, "wrong at migrations.by"),
        ({"version": "1.5"}, "wrong at version: Value error, '1.5' is no version such as 1.4.2."),
        ({"follows": None}, "wrong at follows"),
        ({"images": {"agent": "registry.example/cellhub:1.5.0"}}, "wrong at images.agent"),
        ({"archive": {"name": "../../x", "sha256": "0" * 64}}, "wrong at archive.name"),
        ({"archive": {"name": "x", "sha256": "0"}}, "wrong at archive.sha256"),
    ],
)
def test_what_is_signed_and_wrong_is_refused_with_its_place(changes, sentence):
    with pytest.raises(ManifestError) as refused:
        believed(**changes)
    assert sentence in str(refused.value)


def test_what_is_signed_and_no_document_is_refused():
    with pytest.raises(ManifestError, match="wrong at the document: Invalid JSON"):
        read(b"{", sign(b"{", KEY), PUBLIC)


def test_images_are_those_of_the_release_in_whatever_registry():
    check_images(believed(), {"agent": f"mirror.example/a/b@{AGENT}", "asterisk": f"x@{ASTERISK}"})


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (
            {"agent": f"x@{ASTERISK}"},
            f"The image of the agent is {ASTERISK}, and the release's is {AGENT}.",
        ),
        ({"janus": f"x@{AGENT}"}, "The release has no image of the janus."),
    ],
)
def test_another_image_is_refused(images, sentence):
    with pytest.raises(ManifestError) as refused:
        check_images(believed(), images)
    assert str(refused.value) == sentence


def test_an_archive_is_the_one_that_was_signed(tmp_path):
    archive = tmp_path / "cellhub-1.5.0.tar.gz"
    archive.write_bytes(b"code")
    check_archive(believed(), archive)
    archive.write_bytes(b"other code")
    with pytest.raises(ManifestError, match=r"cellhub-1\.5\.0\.tar\.gz has the digest [0-9a-f]{64}, and"):
        check_archive(believed(), archive)
    with pytest.raises(ManifestError, match="has no archive"):
        check_archive(believed(archive=None), archive)
