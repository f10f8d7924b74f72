"""What the installation decides for all tenants."""

from __future__ import annotations

from dataclasses import dataclass

ONE_BY_ONE = -1
"""Pods are replaced when somebody takes them away, and only then."""


@dataclass(frozen=True, slots=True)
class Release:
    """Images, storage and networks of an installation.

    ``rolling`` is the first of the pods that get a change, the later ones first; None is all of them.
    """

    version: str
    asterisk_image: str
    agent_image: str
    janus_image: str = ""
    image_pull_secret: str = ""
    storage_class: str = ""
    spool_storage: str = "1Gi"
    pod_networks: tuple[str, ...] = ()
    drain_seconds: int = 1800
    database_port: int = 5432
    rolling: int | None = None
