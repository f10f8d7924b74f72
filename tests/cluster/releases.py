"""Releases to update to: the images that were built, each with a little on top, signed as a release is."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory

from cellhub.db import migrate
from cellhub.updates.manifest import sign
from tests.cluster.archive import opened
from tests.cluster.installing import IMAGES, RELEASE_KEY
from tests.cluster.kubernetes.cluster import Cluster

SITE = "opt/cellhub/lib/python3.11/site-packages"
NAME = "org.opencontainers.image.version"
LAYER = "application/vnd.oci.image.layer.v1.tar"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
PLAIN = 0o644
CELLHUB, ASTERISK = "cellhub", "cellhub-asterisk"
PARTS = {"portal": CELLHUB, "operator": CELLHUB, "agent": CELLHUB, "asterisk": ASTERISK}

RAISES = """
revision = "{revision}"
down_revision = "{head}"
branch_labels = depends_on = None


def upgrade():
    raise RuntimeError("this migration cannot be done")
"""
LEAVES_CALLS = """
from cellhub_agi.server import FastAgiServer

make = FastAgiServer.__init__


def broken(session):
    raise ValueError("this release answers no call")


def made(self, port, entries, **more):
    make(self, port, {**entries, "check": broken}, **more)


FastAgiServer.__init__ = made
"""

BREAKS_BOOKS = """
import os, sys

if "doctor" in sys.argv:
    print("the books do not hold", flush=True)
    os._exit(1)
"""


def head() -> str:
    """The revision of the tables that the images make."""
    return str(ScriptDirectory.from_config(migrate.config("")).get_current_head())


@dataclass(frozen=True)
class Change:
    """What an image of a release has on top of the one that was built."""

    files: Mapping[str, str] | None = None
    entrypoint: tuple[str, ...] | None = None


GOOD = Change()
DOES_NOT_START = Change(entrypoint=("false",))
DOES_NOT_MIGRATE = Change(
    {f"{SITE}/migrations/versions/9999_raises.py": RAISES.format(revision="9999", head=head())}
)
BOOKS_DO_NOT_HOLD = Change(
    {f"{SITE}/breaks_books.py": BREAKS_BOOKS, f"{SITE}/breaks_books.pth": "import breaks_books\n"}
)
ANSWERS_NO_CALL = Change(
    {f"{SITE}/leaves_calls.py": LEAVES_CALLS, f"{SITE}/leaves_calls.pth": "import leaves_calls\n"}
)


@dataclass(frozen=True)
class Release:
    """A release whose images the node has."""

    version: str
    images: dict[str, str]
    last: str

    def signed(self) -> tuple[str, str]:
        """Its manifest, and the signature of that."""
        document = json.dumps(
            {
                "version": self.version,
                "follows": "0.1.0",
                "migrations": {"from": head(), "to": self.last},
                "images": {part: image.rpartition("@")[2] for part, image in self.images.items()},
            }
        )
        return document, sign(document.encode(), RELEASE_KEY)

    def resources(self, name: str, **spec: Any) -> list[dict[str, Any]]:
        """The ConfigMap with its manifest, and an Update to it."""
        document, signature = self.signed()
        manifest = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name},
            "data": {"manifest.json": document},
        }
        update = {
            "apiVersion": "cellhub.io/v1alpha1",
            "kind": "Update",
            "metadata": {"name": name},
            "spec": {
                "version": self.version,
                "images": self.images,
                "manifestRef": {"name": name},
                "signature": signature,
                **spec,
            },
        }
        return [manifest, update]


def release(
    cluster: Cluster,
    folder: Path,
    version: str,
    changes: Mapping[str, Change] | None = None,
) -> Release:
    """Give the node the images of a release; ``changes`` are by part."""
    last = "9999" if DOES_NOT_MIGRATE in (changes or {}).values() else head()
    images = {}
    for part, name in PARTS.items():
        archive = folder / f"{part}.tar"
        images[part] = derived(
            IMAGES / f"{name}.tar", archive, name, version, (changes or {}).get(part, GOOD)
        )
        cluster.load_image(archive)
    return Release(version, images, last)


def derived(source: Path, target: Path, name: str, version: str, change: Change) -> str:
    """Write an image with ``change`` on top of ``source``, and return its name by digest.

    The layers of the source are not in it: the node has them.
    """
    with opened(source) as archive:
        manifest, config = archive.manifest, archive.config
    blobs: dict[str, bytes] = {}
    config["config"].setdefault("Labels", {})[NAME] = version
    if change.entrypoint is not None:
        config["config"] |= {"Entrypoint": list(change.entrypoint), "Cmd": []}
    if change.files:
        layer = _layer(change.files)
        config["rootfs"]["diff_ids"].append(_digest(layer))
        config.pop("history", None)
        manifest["layers"].append(_kept(blobs, layer, LAYER))
    manifest["config"] = _kept(blobs, _json(config), manifest["config"]["mediaType"])
    described = _kept(
        blobs, _json(manifest), manifest.get("mediaType", "application/vnd.oci.image.manifest.v1+json")
    )
    reference = f"docker.io/library/{name}@{described['digest']}"
    described["annotations"] = {"io.containerd.image.name": reference}
    index = _json({"schemaVersion": 2, "manifests": [described]})
    _write(target, {"oci-layout": _json({"imageLayoutVersion": "1.0.0"}), "index.json": index, **blobs})
    return reference


def _layer(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(text.encode()), PLAIN
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def _kept(blobs: dict[str, bytes], content: bytes, media: str) -> dict[str, Any]:
    digest = _digest(content)
    blobs[f"blobs/{digest.replace(':', '/')}"] = content
    return {"mediaType": media, "digest": digest, "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _write(target: Path, files: Mapping[str, bytes]) -> None:
    with tarfile.open(target, "w") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), PLAIN
            tar.addfile(entry, io.BytesIO(content))
