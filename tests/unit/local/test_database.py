"""The embedded PostgreSQL: who may enter, from where, and what survives."""

from __future__ import annotations

import stat
from pathlib import Path

import psycopg2
import pytest

from cellhub.db.scope import DatabaseRole
from cellhub.local.database import PostgresServer
from cellhub.local.installation import Installation
from cellhub.local.placement import Placement
from cellhub.local.problem import Problem


@pytest.fixture
def empty_database(installation: Installation, postgres: PostgresServer):
    """A database with logins and no tables."""
    installation.create_database(postgres, "cellhub_empty")
    yield "cellhub_empty"
    postgres.drop_database("cellhub_empty")


def connect(installation: Installation, database: str, login: str, password: str):
    port = installation.settings.database_port
    return psycopg2.connect(host="127.0.0.1", port=port, dbname=database, user=login, password=password)


def test_a_login_needs_its_own_password(installation, empty_database):
    password = installation.database_password("cellhub_portal")
    connect(installation, empty_database, "cellhub_portal", password).close()
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect(installation, empty_database, "cellhub_agent_demo", password)


def test_the_superuser_cannot_come_over_tcp(installation, empty_database):
    with pytest.raises(psycopg2.OperationalError):
        connect(installation, empty_database, "postgres", "anything")


def test_the_socket_folder_is_closed_to_others(postgres):
    assert stat.S_IMODE(postgres.placement.socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(postgres.placement.data.stat().st_mode) == 0o700


def test_passwords_are_kept_as_scram_verifiers(installation, postgres, empty_database):
    names = [DatabaseRole.OWNER.value, *(login.name for login in installation.logins)]
    with postgres.superuser() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT rolpassword FROM pg_authid WHERE rolname = ANY (%s)", (names,))
        verifiers = [row[0] for row in cursor.fetchall()]
    assert len(verifiers) == 4
    assert all(verifier.startswith("SCRAM-SHA-256$") for verifier in verifiers)


def test_the_database_is_closed_to_public_and_owned_by_the_owner(postgres, empty_database):
    query = "SELECT pg_get_userbyid(datdba), datacl::text FROM pg_database WHERE datname = %s"
    with postgres.superuser() as connection, connection.cursor() as cursor:
        cursor.execute(query, (empty_database,))
        owner, rights = cursor.fetchone()
    assert owner == DatabaseRole.OWNER
    assert "{=" not in rights
    assert ",=" not in rights


def test_making_the_database_twice_keeps_its_rows(installation, postgres, empty_database):
    with postgres.superuser(empty_database) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    installation.create_database(postgres, empty_database)
    with postgres.superuser(empty_database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT seven FROM kept")
        assert cursor.fetchone() == (7,)


def test_a_home_too_deep_for_a_socket_is_named(tmp_path: Path):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    server = PostgresServer(Placement(deep, programs=Path("/nowhere"), account=None), 5432)
    with pytest.raises(Problem, match="CELLHUB_HOME is too deep"):
        server.initialise()
