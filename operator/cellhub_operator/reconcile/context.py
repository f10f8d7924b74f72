"""What reconciling is told beside spec and world."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import URL

from cellhub_operator.objects.configuration import Keys
from cellhub_operator.objects.release import Release

POSTGRES_PORT = 5432


@dataclass(frozen=True, slots=True)
class Database:
    """Where the pods find PostgreSQL: the address of the agents, whose log-in each tenant has its own."""

    address: URL

    @property
    def host(self) -> str:
        """The server."""
        return str(self.address.host)

    @property
    def port(self) -> int:
        """Its port."""
        return self.address.port or POSTGRES_PORT

    @property
    def name(self) -> str:
        """The database."""
        return str(self.address.database)

    def url(self, login: str, password: str) -> str:
        """The address for a log-in; how to connect, such as ``sslmode``, stays."""
        own = self.address.set(username=login, password=password)
        return own.render_as_string(hide_password=False)


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
