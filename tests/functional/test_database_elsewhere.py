"""A database that another machine serves: made by addresses, waited for, never taken backwards."""

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import create_engine, pool, text

from cellhub.db.elsewhere import (
    Addresses,
    DatabaseProblem,
    bring_tables,
    make_tables,
    revision_of,
    wait_for_tables,
)
from cellhub.db.scope import DatabaseRole
from cellhub.local.database import PostgresServer
from tests.fixtures.installation import free_ports, temporary_home

PASSWORD = "of-the-superuser"
HOST = "127.0.0.1"
CELLHUB = Path(sys.executable).with_name("cellhub")


@contextmanager
def served():
    """The built-in database of the chart, as its pod runs it; yields its port."""
    home, (port,) = temporary_home(), free_ports(1)
    file = home / "password"
    file.write_text(f"{PASSWORD}\n")
    environment = {
        **os.environ,
        "CELLHUB_HOME": str(home),
        "CELLHUB_DATABASE_PORT": str(port),
        "CELLHUB_DATABASE_PASSWORD_FILE": str(file),
    }
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([CELLHUB, "db", "serve"], env=environment, stdout=log, stderr=log)
    try:
        yield port
    finally:
        process.terminate()
        assert process.wait(20) == 0, (home / "log").read_text()


@pytest.fixture(scope="module")
def port():
    with served() as port:
        yield port


@pytest.fixture
def addresses(port, request):
    """Addresses of a database of the test's own."""
    database = f"cellhub_{abs(hash(request.node.name)) % 10**8}"
    url = PostgresServer.url
    return Addresses(
        owner=url(port, "cellhub_owner", "owner-password", database),
        portal=url(port, "cellhub_portal", "portal-password", database),
        agent=url(port, "cellhub_agent", "agent-password", database),
        admin=url(port, "postgres", PASSWORD, "postgres"),
    )


@contextmanager
def connected(url: str):
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_the_first_time_logins_database_and_tables_are_made(addresses):
    assert make_tables(addresses, 30)
    wait_for_tables(addresses.portal, 1)
    with connected(addresses.agent) as agent:
        assert agent.scalar(text("SELECT current_user")) == "cellhub_agent"


def test_a_second_time_nothing_changes_but_a_password(addresses):
    make_tables(addresses, 30)
    rotated = replace(addresses, agent=addresses.agent.replace("agent-password", "another"))
    assert make_tables(rotated, 30)
    with connected(rotated.agent) as agent:
        assert agent.scalar(text("SELECT 1")) == 1
    with pytest.raises(Exception, match="password authentication failed"), connected(addresses.agent):
        pass


def test_logins_that_somebody_else_made_are_enough(addresses):
    make_tables(addresses, 30)
    assert make_tables(replace(addresses, admin=None), 5)


def test_a_stranger_may_not_enter_the_database(addresses, port):
    make_tables(addresses, 30)
    with connected(addresses.admin) as admin:
        admin.execute(text("CREATE ROLE stranger LOGIN PASSWORD 'stranger'"))
    with pytest.raises(psycopg2.OperationalError, match="CONNECT privilege"):
        psycopg2.connect(
            host=HOST, port=port, user="stranger", password="stranger", dbname=addresses.database
        )


def test_who_waits_is_told_what_is_missing(addresses):
    make_tables(addresses, 30)
    with connected(addresses.owner) as owner:
        owner.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(DatabaseProblem, match=r"Waited 0 s for the database: .*older revision 0001"):
        wait_for_tables(addresses.portal, 0)


def test_tables_of_a_newer_release_stay_and_serve(addresses):
    make_tables(addresses, 30)
    with connected(addresses.owner) as owner:
        owner.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert make_tables(addresses, 30) is False
    wait_for_tables(addresses.portal, 1)


def test_nobody_waits_for_ever_for_a_server_that_is_not_there(addresses):
    (nobody,) = free_ports(1)
    url = PostgresServer.url(nobody, "postgres", PASSWORD, "postgres")
    with pytest.raises(DatabaseProblem, match="Connection refused"):
        make_tables(replace(addresses, admin=url), 0)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"portal": "postgresql+psycopg2://me:x@h:1/d"}, "The address portal must be that of the login"),
        ({"agent": "postgresql+psycopg2://cellhub_agent:x@h:1/d"}, "must name one database"),
    ],
)
def test_a_wrong_address_is_named_and_not_shown(addresses, wrong, sentence):
    with pytest.raises(DatabaseProblem, match=sentence) as refused:
        make_tables(replace(addresses, **wrong), 0)
    assert "psycopg2" not in str(refused.value)


def test_the_command_makes_and_waits(addresses):
    environment = {
        **os.environ,
        "CELLHUB_DATABASE_ADMIN_URL": addresses.admin,
        "CELLHUB_OWNER_DATABASE_URL": addresses.owner,
        "CELLHUB_PORTAL_DATABASE_URL": addresses.portal,
        "CELLHUB_AGENT_DATABASE_URL": addresses.agent,
        "CELLHUB_DATABASE_URL": addresses.portal,
        "CELLHUB_SECRET_KEY_FILE": "/dev/null",
        "CELLHUB_SUPERADMIN_EMAIL": "sam@platform.example",
        "CELLHUB_SUPERADMIN_PASSWORD": "of the superadmin",
    }
    told = []
    for words in (["tables"], ["tables"], ["tables", "--wait", "--seconds", "5"]):
        done = subprocess.run([CELLHUB, *words], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        told.append(done.stdout)
    assert told == ["sam@platform.example may sign in as the first superadmin.\n", "", ""]
    with connected(addresses.portal) as platform:
        platform.execute(text("SET LOCAL ROLE cellhub_platform"))
        assert platform.execute(text("SELECT id, slug FROM tenant")).all() == [(0, "platform")]
        assert platform.execute(text("SELECT tenant_id, email, role FROM login")).all() == [
            (0, "sam@platform.example", "superadmin")
        ]


def test_the_command_names_the_addresses_that_are_missing(addresses):
    done = subprocess.run(
        [CELLHUB, "tables"],
        env={"PATH": os.environ["PATH"], "CELLHUB_OWNER_DATABASE_URL": addresses.owner},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "CELLHUB_PORTAL_DATABASE_URL: is missing" in done.stderr
    assert "owner-password" not in done.stderr


def test_tables_of_a_newer_release_are_left_to_one_that_was_gone_back_to(own_database, postgres):
    owner = own_database.url(DatabaseRole.OWNER.value)
    assert bring_tables(owner)
    with postgres.superuser(own_database.name) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE alembic_version SET version_num = '9999'")
    assert not bring_tables(owner)
    assert revision_of(owner) == "9999"
