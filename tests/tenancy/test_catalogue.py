"""What PostgreSQL's own catalogue says of tables, policies and rights, and what its logins may do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.exc import ProgrammingError

from cellhub.db.roles import AGENT, PORTAL, agent_login
from cellhub.db.scope import DatabaseRole
from cellhub.models import Base
from tests.fixtures.database import Database
from tests.tenancy.rows import PLATFORM_MODELS

FENCED = sorted(
    [table.name for table in Base.metadata.tables.values() if "tenant_id" in table.columns]
    + ["tenant", "switch.ps_contacts"]
)
APPLICATION, PLATFORM, CHARGING = DatabaseRole.APPLICATION, DatabaseRole.PLATFORM, DatabaseRole.CHARGING
ROLES_OF_RIGHTS = (APPLICATION, PLATFORM)
MAY_TAKE = {
    PORTAL: {APPLICATION, PLATFORM, CHARGING},
    agent_login("demo"): {APPLICATION, CHARGING, AGENT.name},
}
every_fenced = pytest.mark.parametrize("table", FENCED)
every_login = pytest.mark.parametrize("login", MAY_TAKE, ids=lambda login: login.name)


def one(cursor, query: str, *values: object) -> tuple:
    cursor.execute(query, values)
    return cursor.fetchone()


def column(cursor, query: str, *values: object) -> list:
    cursor.execute(query, values)
    return [row[0] for row in cursor.fetchall()]


@every_fenced
def test_row_level_security_is_on_and_holds_for_the_owner_too(table: str, superuser):
    query = "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass"
    assert one(superuser, query, table) == (True, True)


@every_fenced
def test_both_roles_of_rights_have_policies_and_nobody_has_one_for_all(table: str, superuser):
    query = "SELECT DISTINCT coalesce(rolname, 'public') FROM pg_policy LEFT JOIN pg_roles"
    query += " ON pg_roles.oid = ANY (polroles) WHERE polrelid = %s::regclass"
    having = set(column(superuser, query, table))
    assert set(ROLES_OF_RIGHTS) <= having
    assert having <= {*ROLES_OF_RIGHTS, CHARGING, "cellhub_switch"}


@pytest.mark.parametrize("model", PLATFORM_MODELS, ids=lambda model: model.__tablename__)
def test_a_table_of_the_platform_is_for_no_tenants_role(model, superuser):
    query = """
        SELECT rolname FROM pg_roles
        WHERE rolname LIKE 'cellhub%%' AND rolname <> 'cellhub_owner' AND has_table_privilege(rolname, %s, %s)
    """
    for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
        expected = [] if right == "DELETE" else [PLATFORM.value]
        assert column(superuser, query, model.__tablename__, right) == expected


def test_no_table_of_a_tenant_is_without_a_model_or_a_fence(superuser):
    query = """
        SELECT DISTINCT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attname = 'tenant_id' AND relkind IN ('r', 'p') AND NOT relispartition
          AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
    """
    unfenced = set(column(superuser, query)) - set(FENCED)
    # Which tenant a login is of, and where each audit ends: the platform's own tables.
    assert unfenced == {"switch.tenant_login", "audit.chain_end"}


@pytest.mark.parametrize("role", [*ROLES_OF_RIGHTS, CHARGING])
@pytest.mark.parametrize("table", ["ledger_entry", "audit_entry"])
@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE"])
def test_money_and_history_only_grow(role: str, table: str, right: str, superuser):
    assert one(superuser, "SELECT has_table_privilege(%s, %s, %s)", role, table, right) == (False,)
    if right == "UPDATE":
        assert one(superuser, "SELECT has_any_column_privilege(%s, %s, %s)", role, table, right) == (False,)


def test_nobody_but_the_owner_has_rights_on_a_partition(superuser):
    partitions = column(
        superuser, "SELECT oid::regclass::text FROM pg_class WHERE relispartition AND relkind = 'r'"
    )
    query = """
        SELECT relname || ' to ' || grantee::regrole FROM pg_class, aclexplode(relacl)
        WHERE relispartition AND grantee <> relowner
    """
    assert len(partitions) >= 8
    assert column(superuser, query) == []


def test_no_role_of_ours_passes_by_row_level_security(superuser):
    query = r"SELECT rolname FROM pg_roles WHERE rolname LIKE 'cellhub\_%%' AND (rolsuper OR rolbypassrls)"
    assert column(superuser, query) == []


def test_only_what_reads_without_a_scope_runs_as_its_owner(superuser):
    query = """
        SELECT pronamespace::regnamespace || '.' || proname FROM pg_proc
        WHERE prosecdef AND pronamespace::regnamespace::text IN ('public', 'switch') ORDER BY 1
    """
    assert column(superuser, query) == [
        "public.cellhub_make_partitions",
        "public.cellhub_queue_age",
        "switch.contact_changed",
        "switch.tenant",
        "switch.tenant_of_login",
    ]


@pytest.fixture
def connection(request: pytest.FixtureRequest, database: Database) -> Iterator[Connection]:
    """A connection as the log-in of a process."""
    engine = create_engine(database.url(request.getfixturevalue("login").name), poolclass=pool.NullPool)
    with engine.connect() as connection:
        yield connection


@every_login
def test_a_process_takes_its_own_roles_and_no_other(login, connection: Connection, superuser):
    roles = column(
        superuser,
        r"SELECT rolname FROM pg_roles WHERE rolname LIKE 'cellhub\_%%' AND rolname <> %s",
        login.name,
    )
    assert {role for role in roles if _may_take(connection, role)} == MAY_TAKE[login]


def _may_take(connection: Connection, role: str) -> bool:
    with connection.begin() as transaction:
        try:
            connection.execute(text(f'SET LOCAL ROLE "{role}"'))
        except ProgrammingError:
            return False
        finally:
            transaction.rollback()
    return True


@every_login
@every_fenced
def test_a_query_outside_a_scope_is_refused(login, connection: Connection, table: str):
    with pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text(f"SELECT 1 FROM {table}"))
