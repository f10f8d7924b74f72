"""The settings of a whole machine: those of every process, and what only it needs."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr

from cellhub.environment import Port, Settings


class LocalSettings(Settings):
    """What ``cellhub run`` reads.

    The two that a single process must be given are made by the installation here, a
    different address for each login.
    """

    knows_all: ClassVar[bool] = True

    database_url: SecretStr = Field(
        SecretStr("postgresql+psycopg2://"),
        description="made by the installation; not yours to set",
    )
    secret_key_file: Path = Field(Path(), description="made by the installation; not yours to set")
    database_port: Port = Field(54329, ge=1, le=65535, description="port of the embedded PostgreSQL")
    far_end_port: Port = Field(5080, ge=1, le=65535, description="port of the demo's far end (make call)")
