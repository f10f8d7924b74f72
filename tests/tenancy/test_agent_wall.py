"""The wall of one tenant's agents, for whoever broke into their pod and has their login.

What a tenant's agents may touch is read from the catalogue, so a table or a function that comes
later is tried too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import psycopg2
import psycopg2.extras
import pytest
from sqlalchemy import make_url

from cellhub.db.roles import AGENT, agent_login, switch_login, tenant_mark
from cellhub.db.scope import DatabaseRole
from tests.fixtures.database import Database
from tests.tenancy.test_catalogue import FENCED

ROLES = (DatabaseRole.APPLICATION.value, DatabaseRole.CHARGING.value)
RELATIONS = """
SELECT n.nspname || '.' || c.relname, a.attname IS NOT NULL
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid
    AND a.attname = CASE c.relname WHEN 'tenant' THEN 'id' ELSE 'tenant_id' END
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND (has_any_column_privilege(%(role)s, c.oid, 'SELECT, INSERT, UPDATE')
        OR has_table_privilege(%(role)s, c.oid, 'DELETE'))
ORDER BY 1
"""
FUNCTIONS = """
SELECT DISTINCT p.oid::regproc::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN unnest(%(roles)s) AS role
    ON has_function_privilege(role, p.oid, 'EXECUTE') AND has_schema_privilege(role, n.oid, 'USAGE')
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.prorettype <> 'trigger'::regtype
ORDER BY 1
"""
REFUSED = (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.GeneratedAlways)


@dataclass(frozen=True, slots=True)
class Intruder:
    """A session with the login of the north tenant's agents."""

    cursor: psycopg2.extensions.cursor

    def enter(self, role: str, tenant_id: int) -> None:
        """Take a role and name a tenant, as the agents themselves do."""
        self.cursor.execute("ROLLBACK; BEGIN")
        self.cursor.execute(
            "SELECT set_config('role', %s, true), set_config('cellhub.tenant_id', %s, true)",
            (role, str(tenant_id)),
        )

    def touched(self, statement: str, *values: object) -> int:
        """How many rows a statement found or changed; none if it was refused."""
        self.cursor.execute("SAVEPOINT before")
        try:
            self.cursor.execute(statement, values)
            return int(self.cursor.rowcount)
        except REFUSED:
            return 0
        finally:
            self.cursor.execute("ROLLBACK TO before")

    def one(self, query: str, *values: object) -> object:
        """Read one value."""
        self.cursor.execute(query, values)
        return self.cursor.fetchone()[0]


@pytest.fixture
def urls(settled, database: Database) -> dict[str, str]:
    """Where the agents of both tenants find the database: other tests bind the same logins elsewhere."""
    companies = (settled.north, settled.south)
    return {one.tenant.slug: database.open_agent(one.tenant.slug, one.tenant.id) for one in companies}


@pytest.fixture
def intruder(urls) -> Iterator[Intruder]:
    options = make_url(urls["north"]).translate_connect_args(username="user", database="dbname")
    connection = psycopg2.connect(**options)
    connection.autocommit = True
    yield Intruder(connection.cursor())
    connection.close()


def relations(superuser, role: str) -> dict[str, bool]:
    """What a role may touch, and whether each has a column with its tenant."""
    superuser.execute(RELATIONS, {"role": role})
    return dict(superuser.fetchall())


def columns(superuser, table: str) -> list[str]:
    """The columns of a table that are written, not computed."""
    query = "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
    superuser.execute(f"{query} AND NOT attisdropped AND attgenerated = ''", (table,))
    return [name for (name,) in superuser.fetchall()]


def tenant_column(table: str) -> str:
    return "id" if table == "public.tenant" else "tenant_id"


every_role = pytest.mark.parametrize("role", ROLES)


def test_all_that_it_may_touch_has_a_tenant(superuser):
    touchable = {name: owned for role in ROLES for name, owned in relations(superuser, role).items()}
    assert [name for name, owned in touchable.items() if not owned] == []
    assert {name.removeprefix("public.") for name in touchable} == set(FENCED)


@every_role
def test_nothing_of_another_tenant_is_there(role, intruder, settled, superuser):
    south = settled.south.tenant.id
    for table in relations(superuser, role):
        column = tenant_column(table)
        for named in (south, settled.north.tenant.id):
            intruder.enter(role, named)
            found = intruder.touched(f"SELECT {column} FROM {table} WHERE {column} = %s", south)
            assert found == 0, (table, named)


@every_role
def test_its_own_tenant_is_there(role, intruder, settled, superuser):
    north = settled.north.tenant.id
    counted = {}
    for table in relations(superuser, role):
        column = tenant_column(table)
        superuser.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", (north,))
        (there,) = superuser.fetchone()
        intruder.enter(role, north)
        counted[table] = there - intruder.touched(f"SELECT {column} FROM {table} WHERE {column} = %s", north)
    assert {table: missing for table, missing in counted.items() if missing} == {}


@every_role
def test_nothing_of_another_tenant_can_be_changed_or_removed(role, intruder, settled, superuser):
    south = settled.south.tenant.id
    for table in relations(superuser, role):
        column = tenant_column(table)
        names = columns(superuser, table)
        intruder.enter(role, south)
        assert intruder.touched(f"DELETE FROM {table}") == 0, table
        for name in names:
            # Without a condition first: reading one would need a right that the deed itself may not.
            assert intruder.touched(f"UPDATE {table} SET {name} = DEFAULT") == 0, (table, name)
            changed = intruder.touched(f"UPDATE {table} SET {name} = {name} WHERE {column} = %s", south)
            assert changed == 0, (table, name)


@every_role
def test_no_row_can_be_put_into_another_tenant(role, intruder, settled, superuser):
    """A copy of each of its rows: the wall comes before every key that such a row would break."""
    south = settled.south.tenant.id
    for table in relations(superuser, role):
        names = ", ".join(columns(superuser, table))
        superuser.execute(f"SELECT {names} FROM {table} WHERE {tenant_column(table)} = %s LIMIT 1", (south,))
        row = superuser.fetchone()
        assert row is not None, f"there is no row of {table} to try it with"
        intruder.enter(role, south)
        places = ", ".join(["%s"] * len(row))
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            intruder.cursor.execute(
                f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({places})",
                [psycopg2.extras.Json(value) if isinstance(value, dict) else value for value in row],
            )


@pytest.mark.parametrize("spelt", ["{}", " {} ", "0x{:x}", "+{}", "0{}", '"{}"', "{}.0", "", "x"])
def test_no_spelling_of_the_setting_opens_another_tenant(spelt, intruder, settled):
    intruder.cursor.execute(
        "SELECT set_config('cellhub.tenant_id', %s, false)", (spelt.format(settled.south.tenant.id),)
    )
    # What is no number is refused as it always was.
    with suppress(psycopg2.errors.InvalidTextRepresentation):
        assert intruder.one("SELECT cellhub_tenant()") is None


def test_a_login_that_is_bound_to_no_tenant_has_none(intruder, settled, database: Database, superuser):
    north = settled.north.tenant.id
    intruder.enter(ROLES[0], north)
    assert intruder.one("SELECT cellhub_tenant()") == north
    superuser.execute(f"REVOKE {tenant_mark(north)} FROM {agent_login('north').name}")
    superuser.connection.commit()
    intruder.enter(ROLES[0], north)
    try:
        assert intruder.one("SELECT cellhub_tenant()") is None
    finally:
        database.open_agent("north", north)


def test_it_is_told_which_tenant_is_its_own_and_no_other(intruder, settled):
    intruder.enter(ROLES[0], settled.north.tenant.id)
    asked = "SELECT switch.tenant_of_login(%s)"
    known = [intruder.one(asked, switch_login(slug).name) for slug in ("north", "south")]
    assert known == [settled.north.tenant.id, None]


@pytest.mark.parametrize("other", ["owner", "platform", "portal", "switch", "agent_south", "switch_south"])
def test_it_becomes_nobody_else(other, intruder):
    for statement in ("SET ROLE cellhub_{}", "SET SESSION AUTHORIZATION cellhub_{}"):
        with pytest.raises((*REFUSED, psycopg2.errors.InvalidParameterValue)):
            intruder.cursor.execute(statement.format(other))


def test_it_makes_nothing_that_others_might_run(intruder, superuser):
    for schema in ("public", "switch", "audit", "dramatiq"):
        superuser.execute(
            "SELECT has_schema_privilege(%s, %s, 'CREATE')", (agent_login("north").name, schema)
        )
        assert superuser.fetchone() == (False,)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        intruder.cursor.execute("CREATE SCHEMA mine")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        intruder.cursor.execute("CREATE ROLE cellhub_agent_more")


def test_these_functions_it_may_call(urls, superuser):
    """Each tells or does nothing of another tenant; whoever adds one says here why that holds for it too."""
    superuser.execute(FUNCTIONS, {"roles": [*ROLES, AGENT.name, agent_login("north").name]})
    assert [name for (name,) in superuser.fetchall()] == [
        "cellhub_account",  # a setting of its own
        "cellhub_queue_age",  # how late the jobs of all are, a number
        "cellhub_tenant",  # its own tenant, or none
        "switch.tenant",  # that of an Asterisk's login
        "switch.tenant_of_login",  # its own only
    ]
