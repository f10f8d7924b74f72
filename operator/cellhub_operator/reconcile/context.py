"""What reconciling is told beside spec and world."""

from __future__ import annotations

from dataclasses import dataclass, field

from cellhub_operator.objects.configuration import Keys
from cellhub_operator.objects.release import Release


@dataclass(frozen=True, slots=True)
class Database:
    """Where the pods find PostgreSQL; ``agent_url`` holds the agents' password."""

    host: str
    port: int
    name: str
    agent_url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fresh:
    """Secrets that were generated just now, used where none are kept yet."""

    keys: Keys
    admin_password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Context:
    """The installation, and secrets to begin with."""

    release: Release
    database: Database
    fresh: Fresh
