"""Bring a database to the newest schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def config(owner_url: str) -> Config:
    """Alembic's configuration for the database at ``owner_url``.

    The URL travels in ``attributes``, not in an option: options are interpolated and
    land in messages, and the URL holds a password.
    """
    alembic = Config()
    alembic.set_main_option("script_location", str(MIGRATIONS))
    alembic.attributes["url"] = owner_url
    return alembic


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Run the migrations up to ``revision`` as the owner of the schema."""
    command.upgrade(config(owner_url), revision)
