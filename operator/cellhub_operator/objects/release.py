"""What the installation decides for all tenants."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """Images, storage and networks of an installation."""

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
