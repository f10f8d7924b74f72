"""What somebody hands to `cellhub update`: a manifest, its signature and the archive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cellhub.local.problem import Problem
from cellhub.updates.manifest import Manifest, ManifestError, check_archive, read

SIGNATURE = ".sig"


@dataclass(frozen=True, slots=True)
class Papers:
    """A manifest that is believed, the very text that was signed, and its signature."""

    manifest: Manifest
    document: str
    signature: str

    @classmethod
    def of(cls, document: str, signature: str, key: str) -> Papers:
        """Read them.

        Raises:
            ManifestError: they are not believed.
        """
        return cls(read(document.encode(), signature, key), document, signature)

    @classmethod
    def in_files(cls, manifest: Path, signature: Path | None, key: str) -> Papers:
        """Read them from files; the signature lies beside the manifest unless another file is named.

        Raises:
            Problem: names what is wrong, and what would be right.
        """
        beside = manifest.with_name(manifest.name + SIGNATURE)
        document = _text(manifest, "MANIFEST", "Name the manifest.json of the release")
        signed = _text(signature or beside, "--signature", f"Name the file that came with {manifest.name}")
        try:
            return cls.of(document, signed, key)
        except ManifestError as error:
            raise Problem(str(error)) from error


def archive_for(papers: Papers, manifest: Path, archive: Path | None) -> Path:
    """Return the archive: the one that is named, or the one beside the manifest.

    Raises:
        Problem: it is not there, or not the one that was signed.
    """
    told = papers.manifest.archive
    if told is None:
        raise Problem(f"MANIFEST: {papers.manifest.version} has no archive, so it is not for one machine.")
    path = archive or manifest.with_name(told.name)
    try:
        check_archive(papers.manifest, path)
    except OSError as error:
        raise Problem(f"--archive: {path}: {error.strerror}. Name the file {told.name}.") from error
    except ManifestError as error:
        raise Problem(f"--archive: {error} Fetch {told.name} again.") from error
    return path


def _text(path: Path, option: str, advice: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Problem(f"{option}: {path}: {error.strerror}. {advice}.") from error
    except UnicodeDecodeError as error:
        raise Problem(f"{option}: {path} is no text. {advice}.") from error
