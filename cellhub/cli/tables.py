"""Make the log-ins and tables of a database that runs elsewhere, or wait until somebody did.

What every database needs once is made too: the platform's own tenant, and its first superadmin.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from sqlalchemy.orm import Session

from cellhub.accounts.tenants import ensure_platform, ensure_superadmin
from cellhub.db.elsewhere import APPLICATION, Addresses, DatabaseProblem, make_tables, wait_for_tables
from cellhub.db.scope import Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.environment import Settings, load, read
from cellhub.local.problem import Problem

ACTOR = "cellhub tables"
PATIENCE = 600.0


class TablesSettings(Settings):
    """The addresses of one database's log-ins; the two that a process must be given play no part."""

    database_url: SecretStr = Field(SecretStr("postgresql+psycopg2://"), description="not used here")
    secret_key_file: Path = Field(Path(), description="not used here")
    owner_database_url: SecretStr = Field(description="PostgreSQL as cellhub_owner, who owns the tables")
    portal_database_url: SecretStr = Field(description="PostgreSQL as cellhub_portal")
    agent_database_url: SecretStr = Field(description="PostgreSQL as cellhub_agent")
    database_admin_url: SecretStr | None = Field(
        None, description="PostgreSQL as a superuser, who makes the others; empty: they exist"
    )

    superadmin_email: str = Field("", description="log-in of the first superadmin; empty: nobody is made")
    superadmin_password: SecretStr = Field(SecretStr(""), description="its password")

    @field_validator("owner_database_url", "portal_database_url", "agent_database_url", "database_admin_url")
    @classmethod
    def _psycopg2_too(cls, value: SecretStr | None) -> SecretStr | None:
        return value and cls._psycopg2_only(value)

    def addresses(self) -> Addresses:
        """Return them for those who connect."""
        admin = self.database_admin_url
        return Addresses(
            owner=self.owner_database_url.get_secret_value(),
            portal=self.portal_database_url.get_secret_value(),
            agent=self.agent_database_url.get_secret_value(),
            admin=admin.get_secret_value() if admin else None,
        )


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--wait", action="store_true", help="make nothing: wait until the tables are as new as this release"
    )
    parser.add_argument(
        "--seconds", type=float, default=PATIENCE, help="how long to wait; default: %(default)g"
    )


def run(arguments: argparse.Namespace) -> int:
    """Make or wait."""
    try:
        if arguments.wait:
            wait_for_tables(load().database_url.get_secret_value(), arguments.seconds)
        else:
            _make(read(TablesSettings), arguments.seconds)
    except DatabaseProblem as problem:
        raise Problem(str(problem)) from problem
    return 0


def _make(settings: TablesSettings, seconds: float) -> None:
    if not make_tables(settings.addresses(), seconds):
        print("The tables are of a newer release and stay as they are.")
        return
    engine = make_engine(settings.addresses().portal, application=APPLICATION, pool_size=1)
    with scoped(make_session_factory(engine), Scope.platform()) as session:
        _make_platform(session, settings)
    engine.dispose()


def _make_platform(session: Session, settings: TablesSettings) -> None:
    ensure_platform(session)
    if not settings.superadmin_email:
        return
    made = ensure_superadmin(
        session,
        ACTOR,
        email=settings.superadmin_email,
        name="Superadmin",
        password=settings.superadmin_password.get_secret_value(),
    )
    if made:
        print(f"{settings.superadmin_email} may sign in as the first superadmin.")
