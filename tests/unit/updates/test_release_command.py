"""How a release is signed and checked, as its maker does it."""

from __future__ import annotations

import base64
import json

import pytest

from cellhub.cli.main import WRONG_INPUT, main

CONTENT = {"version": "1.5.0", "follows": "1.3.0", "migrations": {"from": "0019", "to": "0021"}}


@pytest.fixture
def manifest(tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(CONTENT))
    return path


@pytest.fixture
def key(tmp_path, monkeypatch, capsys):
    path = tmp_path / "release-key"
    assert main(["release", "key", str(path)]) == 0
    monkeypatch.setenv("CELLHUB_RELEASE_KEY", capsys.readouterr().out.strip())
    return path


def test_what_was_signed_is_believed(key, manifest, capsys):
    assert main(["release", "sign", str(key), str(manifest)]) == 0
    signature = capsys.readouterr().out.strip()
    assert len(base64.b64decode(signature)) == 64
    assert main(["release", "check", str(manifest)]) == 0
    assert capsys.readouterr().out == "1.5.0 is believed. It follows 1.3.0 and later.\n"
    assert key.stat().st_mode & 0o777 == 0o600


def test_what_was_changed_afterwards_is_not(key, manifest, capsys):
    main(["release", "sign", str(key), str(manifest)])
    manifest.write_text(json.dumps(CONTENT | {"follows": "0.1.0"}))
    assert main(["release", "check", str(manifest)]) == WRONG_INPUT
    assert "The signature does not hold" in capsys.readouterr().err


def test_a_manifest_that_nobody_could_read_is_not_signed(key, manifest, capsys):
    manifest.write_text(json.dumps(CONTENT | {"folows": "1.0.0"}))
    assert main(["release", "sign", str(key), str(manifest)]) == WRONG_INPUT
    assert "wrong at folows" in capsys.readouterr().err
    assert not manifest.with_name("manifest.json.sig").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["key", "{key}"], "File exists."),
        (["sign", "{manifest}", "{manifest}"], "is no private key that 'cellhub release key' wrote."),
        (["sign", "{key}", "{manifest}.none"], "manifest.json.none: No such file or directory."),
        (["check", "{manifest}"], "manifest.json.sig: No such file or directory."),
    ],
)
def test_wrong_files_are_named(words, sentence, key, manifest, capsys):
    assert main(["release", *(word.format(key=key, manifest=manifest) for word in words)]) == WRONG_INPUT
    assert sentence in capsys.readouterr().err
