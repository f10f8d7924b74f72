"""What somebody hands in that is no release for here: each named by its option, with what would be right."""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
from contextlib import nullcontext
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellhub.cli.main import WRONG_INPUT, main
from cellhub.local.problem import Problem
from cellhub.local.updating import building, disk
from cellhub.local.updating.papers import Papers, archive_for
from cellhub.updates.driver import StepFailed
from cellhub.updates.manifest import public_text, sign

KEY = Ed25519PrivateKey.generate()
ARCHIVE = b"an archive"
CONTENT = {
    "version": "1.5.0",
    "follows": "1.3.0",
    "migrations": {"from": "0019", "to": "0021"},
    "archive": {"name": "cellhub-1.5.0.tar.gz", "sha256": hashlib.sha256(ARCHIVE).hexdigest()},
}


@pytest.fixture
def manifest(tmp_path):
    """A release in files, all of it right."""
    path = tmp_path / "manifest.json"
    put(path, CONTENT)
    (tmp_path / "cellhub-1.5.0.tar.gz").write_bytes(ARCHIVE)
    return path


def put(path, content, key=KEY):
    document = json.dumps(content).encode()
    path.write_bytes(document)
    path.with_name(f"{path.name}.sig").write_text(sign(document, key))


def papers(manifest, signature=None):
    return Papers.in_files(manifest, signature, public_text(KEY))


def refusal(read, *words):
    with pytest.raises(Problem) as refused:
        read(*words)
    return str(refused.value)


def test_what_is_right_is_read_with_its_archive_beside_it(manifest):
    found = papers(manifest)
    assert found.manifest.version == "1.5.0"
    assert archive_for(found, manifest, None) == manifest.with_name("cellhub-1.5.0.tar.gz")


def test_files_may_lie_elsewhere(manifest, tmp_path):
    signature, archive = tmp_path / "s", tmp_path / "a"
    manifest.with_name("manifest.json.sig").rename(signature)
    manifest.with_name("cellhub-1.5.0.tar.gz").rename(archive)
    assert archive_for(papers(manifest, signature), manifest, archive) == archive


def test_a_manifest_that_does_not_exist(manifest):
    manifest.unlink()
    assert refusal(papers, manifest) == (
        f"MANIFEST: {manifest}: No such file or directory. Name the manifest.json of the release."
    )


def test_one_that_is_not_signed(manifest):
    manifest.with_name("manifest.json.sig").unlink()
    assert refusal(papers, manifest) == (
        f"--signature: {manifest}.sig: No such file or directory. Name the file that came with manifest.json."
    )


def test_one_that_is_signed_by_another_key(manifest):
    put(manifest, CONTENT, Ed25519PrivateKey.generate())
    assert "another key than that of CELLHUB_RELEASE_KEY has signed it" in refusal(papers, manifest)


def test_one_that_is_no_text(manifest):
    manifest.write_bytes(b"\xff\xfe")
    assert refusal(papers, manifest).startswith(f"MANIFEST: {manifest} is no text.")


def test_one_for_a_cluster_alone(manifest):
    put(manifest, {name: value for name, value in CONTENT.items() if name != "archive"})
    refused = refusal(archive_for, papers(manifest), manifest, None)
    assert refused == "MANIFEST: 1.5.0 has no archive, so it is not for one machine."


def test_an_archive_whose_digest_differs(manifest):
    manifest.with_name("cellhub-1.5.0.tar.gz").write_bytes(b"another")
    refused = refusal(archive_for, papers(manifest), manifest, None)
    assert refused.startswith("--archive: cellhub-1.5.0.tar.gz has the digest ")
    assert refused.endswith(" is signed. Fetch cellhub-1.5.0.tar.gz again.")


def test_an_archive_that_is_not_there(manifest):
    manifest.with_name("cellhub-1.5.0.tar.gz").unlink()
    refused = refusal(archive_for, papers(manifest), manifest, None)
    assert refused.endswith("No such file or directory. Name the file cellhub-1.5.0.tar.gz.")


def test_a_disk_that_is_too_full_is_told_in_figures(tmp_path):
    assert disk.sentence(tmp_path, 300_000_000, 650_000_000, 1_200_000_000).startswith(
        f"CELLHUB_HOME: {tmp_path} has 0.3 GB free, and 2.0 are needed: 0.7 for the release, "
        "1.2 for the backup, 0.2 to spare. Make room:"
    )


@pytest.mark.parametrize("names", [[], ["one/Makefile", "two/Makefile"], ["one/README"]])
def test_an_archive_without_one_source_is_no_release(names, tmp_path):
    archive = tmp_path / "archive.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        for name in names:
            packed.addfile(tarfile.TarInfo(name))
    with pytest.raises(StepFailed, match="does not hold one folder with the source of a release"):
        building.build(archive, tmp_path / "1.5.0", "1.5.0", "", tmp_path / "log")


def test_what_is_no_archive_at_all_is_told(tmp_path):
    archive = tmp_path / "archive.tar.gz"
    archive.write_bytes(ARCHIVE)
    with pytest.raises(StepFailed, match="The archive cannot be unpacked: "):
        building.build(archive, tmp_path / "1.5.0", "1.5.0", "", tmp_path / "log")


def test_a_release_whose_set_up_fails_says_why(tmp_path):
    source = tmp_path / "packed"
    source.mkdir()
    (source / "Makefile").write_text(".venv/.run bundle:\n\t@echo no such package; exit 1\n")
    archive = tmp_path / "archive.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(source, "cellhub-1.5.0")
    with pytest.raises(StepFailed, match="The release could not be set up: no such package"):
        building.build(archive, tmp_path / "1.5.0", "1.5.0", "digest", tmp_path / "log")
    assert not building.is_ready(tmp_path / "1.5.0", "digest")


SETS_UP = f"""\
.venv/.run bundle:
\t@{sys.executable} -m venv --without-pip .venv
\t@cd .venv/lib/python*/site-packages && mkdir -p cellhub-1.5.0.dist-info \\
\t  && printf 'Name: cellhub\\nVersion: 1.5.0\\n' >cellhub-1.5.0.dist-info/METADATA
"""


@pytest.mark.parametrize("version", ["1.5.0", "1.6.0"])
def test_a_release_is_the_one_that_was_set_up_whatever_folder_this_is(version, tmp_path, monkeypatch):
    packed, archive, source = (tmp_path / name for name in ("packed", "archive.tar.gz", version))
    packed.mkdir()
    (packed / "Makefile").write_text(SETS_UP)
    with tarfile.open(archive, "w:gz") as into:
        into.add(packed, "cellhub")
    monkeypatch.chdir(Path(__file__).parents[4])  # the clone of another release
    told = "" if version == "1.5.0" else "The archive holds the release 1.5.0, and the manifest is of 1.6.0."
    with pytest.raises(StepFailed, match=told) if told else nullcontext():
        building.build(archive, source, version, "digest", tmp_path / "log")
    assert building.is_ready(source, "digest") is not bool(told)


@pytest.mark.parametrize("words", [["update", "manifest.json"], ["update", "status"], ["update"]])
def test_a_machine_that_does_not_run_is_not_updated(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(words) == WRONG_INPUT
    assert "CellHub does not run" in capsys.readouterr().err
