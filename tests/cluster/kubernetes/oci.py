"""Images as OCI archives: files that any container runtime takes."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
MEDIA = "application/vnd.oci.image"
EXECUTABLE = 0o755
PLAIN = 0o644


@dataclass(slots=True)
class Blobs:
    """What an archive holds, by the hash of its content."""

    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, kind: str, content: bytes) -> dict[str, Any]:
        """Keep ``content`` and return how others refer to it."""
        digest = hashlib.sha256(content).hexdigest()
        self.files[f"blobs/sha256/{digest}"] = content
        return {"mediaType": f"{MEDIA}.{kind}", "digest": f"sha256:{digest}", "size": len(content)}


def write(target: Path, reference: str, programs: Mapping[str, Path], entry: str) -> None:
    """Write an image with a few static programs, by their paths in it, that starts with ``entry``."""
    blobs = Blobs()
    layer = _tar({path: program.read_bytes() for path, program in programs.items()}, EXECUTABLE)
    layers = [blobs.add("layer.v1.tar", layer)]
    config = blobs.add("config.v1+json", _json(_config(entry, layers[0]["digest"])))
    manifest = _json({"schemaVersion": 2, "config": config, "layers": layers})
    named = blobs.add("manifest.v1+json", manifest) | {"annotations": {"io.containerd.image.name": reference}}
    index = _json({"schemaVersion": 2, "manifests": [named]})
    layout = _json({"imageLayoutVersion": "1.0.0"})
    target.write_bytes(_tar({"oci-layout": layout, "index.json": index, **blobs.files}, PLAIN))


def _config(entry: str, layer: str) -> dict[str, Any]:
    return {
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Entrypoint": [entry]},
        "rootfs": {"type": "layers", "diff_ids": [layer]},
    }


def _tar(files: Mapping[str, bytes], mode: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
