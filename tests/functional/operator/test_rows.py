"""The operator's deeds on the real database: done, seen again, done twice."""

from __future__ import annotations

import csv
import io
import signal
import subprocess
import sys
import zipfile

import pytest
from cellhub_operator import actions as deeds
from cellhub_operator.observed import TrunkRow, TrunkWorld
from cellhub_operator.reconcile.trunk import TrunkSpec, reconcile_trunk
from cellhub_operator.rows import Refused, Rows
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from cellhub.accounts.tenants import TenantTerms
from cellhub.db.roles import (
    PORTAL,
    agent_login,
    drop_agent_login,
    drop_switch_login,
    ensure_agent_login,
    login_mark,
    mark_of_agent,
    switch_login,
    tenant_mark,
)
from cellhub.db.scope import DatabaseRole
from cellhub.local.database import PostgresServer
from cellhub.security.crypto import new_key
from tests.factories.resources import trunk

SLUG = "harbour"
MARK = f"cell/{SLUG}"
TERMS = TenantTerms(slug=SLUG, name="Harbour Telecom", max_calls=5)
CREDENTIALS = {"username": "cellhub", "password": "s3cret-of-halyard"}

KILLED = """
import os, signal, sys
from pathlib import Path
import psycopg2
from cellhub.db import erasing

moment, admin, database, slug, folder = sys.argv[1:]
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(erasing, moment, die)
address = erasing.make_url(admin).set(drivername="postgresql", database=database)
connection = psycopg2.connect(address.render_as_string(hide_password=False))
with connection.cursor() as cursor:
    cursor.execute("SELECT id FROM tenant WHERE slug = %s", (slug,))
    ((tenant_id,),) = cursor.fetchall()
erasing.erase_tenant(admin, database, tenant_id, slug, Path(folder))
"""
"""Erase a tenant, and be killed when a function of the erasing is entered."""


@pytest.fixture
def admin(postgres):
    return postgres.superuser_url()


@pytest.fixture
def rows(own_database, admin, tmp_path):
    key_file = tmp_path / "secret-key"
    key_file.write_bytes(new_key())
    made = Rows(
        own_database.url(PORTAL.name),
        admin_url=admin,
        database=own_database.name,
        key_file=key_file,
        backups=tmp_path / "backups",
    )
    yield made
    made.close()
    drop_agent_login(admin, SLUG, tenant_id=0)
    drop_switch_login(admin, SLUG)  # a role is of the whole server


@pytest.fixture
def tenant(rows):
    for deed in (
        deeds.PutTenant(TERMS, MARK),
        deeds.PutAdmin(SLUG, "ada@harbour.example", "generated"),
        deeds.PutSwitchLogin(SLUG, "switch-password"),
        deeds.PutAgentLogin(SLUG, "agent-password"),
    ):
        rows.do(deed)


def put(rows, **spec):
    """Do what a Trunk of the tenant decides, and return whether that was anything."""
    wanted = TrunkSpec.of(trunk(**{"tenantRef": {"name": SLUG}, **spec}))
    has_tenant, row = rows.trunk(SLUG, "halyard")
    actions = reconcile_trunk(wanted, TrunkWorld(has_tenant, row, CREDENTIALS))
    for action in actions:
        rows.do(action)
    return bool(actions)


def test_an_unknown_tenant_is_nothing(rows):
    assert rows.tenant(SLUG) == (None, (), ())
    assert rows.trunk(SLUG, "halyard") == (False, None)
    with pytest.raises(Refused, match="There is no tenant harbour"):
        rows.do(deeds.LetGo(SLUG))


def test_a_tenant_is_seen_as_it_was_put(rows, tenant):
    row, trunks, peers = rows.tenant(SLUG)
    assert (row.terms, row.managed_by, row.has_admin, row.calls) == (TERMS, MARK, True, 0)
    assert row.login == login_mark("switch-password")
    assert row.agent_login == login_mark("agent-password")
    assert (trunks, peers) == ((), ())


def test_the_agents_log_in_with_the_newest_password_and_not_after_the_end(rows, tenant, own_database):
    address = make_url(own_database.url(PORTAL.name)).set(username=agent_login(SLUG).name)

    def sees_its_tenant(password):
        engine = create_engine(address.set(password=password), poolclass=NullPool)
        with engine.begin() as agent:
            agent.execute(text("SELECT set_config('cellhub.tenant_id', '1', true)"))
            agent.execute(text("SET LOCAL ROLE cellhub_charging"))
            return agent.scalar(text("SELECT slug FROM tenant"))

    assert sees_its_tenant("agent-password") == SLUG
    rows.do(deeds.PutAgentLogin(SLUG, "rotated"))
    assert sees_its_tenant("rotated") == SLUG
    with pytest.raises(OperationalError, match="password authentication failed"):
        sees_its_tenant("agent-password")
    rows.do(deeds.DropAgentLogin(SLUG))
    with pytest.raises(OperationalError, match="password authentication failed"):
        sees_its_tenant("rotated")
    assert rows.tenant(SLUG)[0].agent_login == ""


def test_a_login_that_lost_its_tenant_is_seen_as_missing(rows, tenant, admin):
    with create_engine(admin, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as superuser:
        superuser.execute(text(f"REVOKE {tenant_mark(1)} FROM {agent_login(SLUG).name}"))
    assert rows.tenant(SLUG)[0].agent_login == ""
    rows.do(deeds.PutAgentLogin(SLUG, "agent-password"))
    assert rows.tenant(SLUG)[0].agent_login == login_mark("agent-password")


def test_an_admin_that_is_no_superuser_makes_and_drops_the_agents_login(postgres, own_database):
    """It must own the role whose members the agents are, and the right to let them connect."""
    with postgres.superuser() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'keeper'")
        cursor.execute("GRANT cellhub_agent TO keeper WITH ADMIN TRUE")
        cursor.execute(f"GRANT CONNECT ON DATABASE {own_database.name} TO cellhub_agent")
    url = PostgresServer.url(postgres.port, "keeper", "keeper", own_database.name)
    try:
        ensure_agent_login(url, own_database.name, "of-keeper", 77, "agent-password")
        ensure_agent_login(url, own_database.name, "of-keeper", 77, "another")
        with create_engine(url, poolclass=NullPool).connect() as connection:
            assert mark_of_agent(connection, "of-keeper", 77) == login_mark("another")
        drop_agent_login(url, "of-keeper", 77)
        with create_engine(url, poolclass=NullPool).connect() as connection:
            assert mark_of_agent(connection, "of-keeper", 77) == ""
    finally:
        with postgres.superuser() as connection, connection.cursor() as cursor:
            cursor.execute("DROP OWNED BY keeper; DROP ROLE keeper")


def test_a_second_admin_of_the_same_address_is_refused_in_a_sentence(rows, tenant):
    with pytest.raises(Refused, match="Somebody signs in with this address already"):
        rows.do(deeds.PutAdmin(SLUG, "ada@harbour.example", "other"))


def test_a_tenant_that_is_let_go_stays_and_its_softswitch_cannot_log_in(rows, tenant):
    rows.do(deeds.DropSwitchLogin(SLUG))
    rows.do(deeds.LetGo(SLUG))
    row, _, _ = rows.tenant(SLUG)
    assert (row.managed_by, row.login, row.terms) == ("", "", TERMS)


def test_logins_go_though_a_copy_beside_lets_them_in_too(rows, tenant, postgres, template):
    copy = "cellhub_restored_beside"
    postgres.copy_database(template, copy, DatabaseRole.OWNER)
    try:
        for login in (agent_login(SLUG).name, switch_login(SLUG).name):
            assert lets_in(postgres, copy, login)
        rows.do(deeds.DropSwitchLogin(SLUG))
        rows.do(deeds.DropAgentLogin(SLUG))
    finally:
        postgres.drop_database(copy)
    row, _, _ = rows.tenant(SLUG)
    assert (row.login, row.agent_login) == ("", "")


def lets_in(postgres, database, login):
    with postgres.superuser() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT has_database_privilege(%s, %s, 'CONNECT')", (login, database))
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"host": "sip.carrier.example", "port": 5080, "transport": "tcp", "codecs": ["g722", "alaw"]},
        {"authentication": "register", "credentialsSecretRef": {"name": "halyard"}},
        {"callerId": "+902125550164", "stripPrefix": "90", "addPrefix": "0", "enabled": False},
    ],
)
def test_a_trunk_that_was_put_needs_nothing_more(rows, tenant, spec):
    assert put(rows, **spec)
    assert not put(rows, **spec)
    assert put(rows, **spec, maxChannels=7)
    assert not put(rows, **spec, maxChannels=7)


def test_a_trunk_goes_into_the_softswitchs_files_with_its_password(rows, tenant):
    put(rows, authentication="register", credentialsSecretRef={"name": "halyard"}, transport="tcp")
    _, (rendered,), _ = rows.tenant(SLUG)
    assert (rendered.name, rendered.username, rendered.secret, rendered.register, rendered.transport) == (
        "halyard",
        "cellhub",
        "s3cret-of-halyard",
        True,
        "tcp",
    )
    put(rows)
    assert rows.trunk(SLUG, "halyard")[1].password == ""


def test_a_paused_trunk_is_in_no_file_and_a_removed_one_is_gone(rows, tenant):
    put(rows, authentication="register", credentialsSecretRef={"name": "halyard"})
    rows.do(deeds.PauseTrunk(SLUG, "halyard"))
    assert rows.tenant(SLUG)[1] == ()
    paused = rows.trunk(SLUG, "halyard")[1]
    assert isinstance(paused, TrunkRow)
    assert (paused.terms["active"], paused.password) == (False, "s3cret-of-halyard")
    for _ in range(2):
        rows.do(deeds.RemoveTrunk(SLUG, "halyard"))
    assert rows.trunk(SLUG, "halyard") == (True, None)


def test_an_erased_tenant_is_in_the_backup_and_nowhere_else(rows, tenant, own_database, admin, tmp_path):
    put(rows)
    rows.do(deeds.DropSwitchLogin(SLUG))
    rows.do(deeds.Erase(SLUG))
    assert rows.tenant(SLUG) == (None, (), ())
    (backup,) = (tmp_path / "backups").iterdir()
    with zipfile.ZipFile(backup) as archive:
        saved = {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode())))
            for name in archive.namelist()
        }
    assert [row["slug"] for row in saved["public.tenant.csv"]] == [SLUG]
    assert [row["name"] for row in saved["public.trunk.csv"]] == ["halyard"]
    assert len(saved["public.audit_entry.csv"]) == 3
    assert backup.stat().st_mode & 0o777 == 0o600
    engine = create_engine(admin.replace("@/postgres", f"@/{own_database.name}"), poolclass=NullPool)
    with engine.connect() as connection:
        for name in saved:
            table = name.removesuffix(".csv")
            assert connection.scalar(text(f"SELECT count(*) FROM {table} WHERE true")) == (
                1 if table == "public.tenant" else 0
            ), table


@pytest.mark.usefixtures("tenant")
@pytest.mark.parametrize("moment", ["_save_table", "_delete"])
def test_an_erasing_that_is_killed_leaves_one_whole_backup_to_the_next(
    rows, own_database, admin, tmp_path, moment
):
    backups = tmp_path / "backups"
    slow = [sys.executable, "-c", KILLED, moment, admin, own_database.name, SLUG, str(backups)]
    assert subprocess.run(slow, check=False).returncode == -signal.SIGKILL
    assert rows.tenant(SLUG)[0] is not None
    (left,) = backups.iterdir()
    assert left.suffix == (".partial" if moment == "_save_table" else ".zip")
    rows.do(deeds.Erase(SLUG))
    assert rows.tenant(SLUG)[0] is None
    (backup,) = backups.iterdir()
    with zipfile.ZipFile(backup) as archive:
        assert archive.testzip() is None
        assert f",{SLUG}," in archive.read("public.tenant.csv").decode()


def test_without_a_place_for_the_backup_nothing_is_erased(rows, tenant):
    rows._backups = None
    with pytest.raises(Refused, match="CELLHUB_BACKUP_FOLDER is not set"):
        rows.do(deeds.Erase(SLUG))
    assert rows.tenant(SLUG)[0] is not None
