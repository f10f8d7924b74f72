"""Secrets that are sent on."""

import pytest

from cellhub.security.crypto import SecretBox, SecretKeyError, new_key


def test_what_was_sealed_opens_under_the_same_key_alone():
    key = new_key()
    sealed = SecretBox(key).seal("trunk password")
    assert b"trunk password" not in sealed
    assert SecretBox(key).open(sealed) == "trunk password"
    with pytest.raises(SecretKeyError, match="encrypted under another key"):
        SecretBox(new_key()).open(sealed)


def test_a_missing_key_file_is_named_with_its_setting(tmp_path):
    with pytest.raises(SecretKeyError, match=r"CELLHUB_SECRET_KEY_FILE: cannot read .*nowhere"):
        SecretBox.from_file(tmp_path / "nowhere")


def test_a_file_that_is_no_key_is_refused(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b"short")
    with pytest.raises(SecretKeyError, match="32 bytes in URL-safe base64"):
        SecretBox.from_file(path)
