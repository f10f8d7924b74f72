"""The images that the cluster itself needs, made of one static program each."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.kubernetes import golang, oci
from tests.cluster.kubernetes.golang import SOURCES

MODULE = SOURCES / "images"
PAUSE = "cellhub.test/pause:1"
HELLO = "cellhub.test/hello:1"
NAMES = {PAUSE: "pause", HELLO: "hello"}


def archive(reference: str) -> Path:
    """Return the OCI archive of one of these images; the first time it is built, in some seconds.

    Raises:
        Problem: the Go toolchain refused.
    """
    name = NAMES[reference]
    program = golang.cached(name, MODULE)
    target = program.with_name(f"{program.name}.tar")
    if not target.exists():
        golang.build(program, MODULE, f"./{name}")
        oci.write(target, reference, {name: program}, f"/{name}")
    return target
