"""Generated secrets: made once, long, readable by their owner alone."""

from __future__ import annotations

import base64
import os
import stat

import pytest

from cellhub.local.secrets import KEY_BYTES, SecretStore, write_private


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def store(tmp_path):
    return SecretStore(tmp_path / "secrets")


def test_a_password_is_made_once_and_kept(store):
    first = store.password("database")
    assert len(first) == 32
    assert store.password("database") == first
    assert SecretStore(store.folder).password("database") == first


def test_two_names_have_two_passwords(store):
    assert store.password("one") != store.password("two")


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_only_the_owner_reads_them_whatever_the_umask_is(store, umask):
    before = os.umask(umask)
    try:
        store.password("database")
    finally:
        os.umask(before)
    assert mode(store.folder) == 0o700
    assert mode(store.folder / "database") == 0o600


def test_an_open_folder_is_closed_again(store):
    store.folder.mkdir()
    store.folder.chmod(0o755)
    store.password("database")
    assert mode(store.folder) == 0o700


def test_the_key_is_32_bytes_in_url_safe_base64(store):
    key = store.key_file("key").read_text().strip()
    assert len(base64.urlsafe_b64decode(key)) == KEY_BYTES


def test_a_private_file_replaces_an_open_one(tmp_path):
    path = tmp_path / "log-ins"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new\n")
    assert (path.read_text(), mode(path)) == ("new\n", 0o600)
    assert list(tmp_path.iterdir()) == [path]
