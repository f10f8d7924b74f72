"""Erase a tenant from the database, after all of its rows were saved to a file.

History only grows by the rights of every process, so this needs a login above them: a superuser,
for whom neither row-level security nor the guards of the audit chain hold.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor
from sqlalchemy import make_url

TABLES = """
SELECT relnamespace::regnamespace::text, relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE attname = 'tenant_id' AND relkind IN ('r', 'p') AND NOT relispartition AND NOT attisdropped
  AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
ORDER BY 1, 2
"""
Table = tuple[str, str, str]
"""Schema, name, and the column that holds the tenant's id."""


class NotErased(Exception):
    """Nothing was deleted; the text says why."""


def erase_tenant(admin_url: str, database: str, tenant_id: int, slug: str, folder: Path) -> Path:
    """Save the rows of a tenant below ``folder``, one CSV file a table in a zip, and delete them.

    Raises:
        NotErased: the login may not, or the backup could not be written.
    """
    url = make_url(admin_url).set(drivername="postgresql", database=database)
    connection = psycopg2.connect(url.render_as_string(hide_password=False))
    try:
        with connection, connection.cursor() as cursor:
            _check(cursor)
            tables = list(_tables(cursor))
            backup = _save(cursor, tables, tenant_id, folder / _name(slug, tenant_id))
            _delete(cursor, tables, tenant_id)
    finally:
        connection.close()
    return backup


def _check(cursor: Cursor) -> None:
    # What is saved is what is deleted.
    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    cursor.execute("SELECT current_setting('is_superuser')")
    if cursor.fetchall() != [("on",)]:
        raise NotErased("CELLHUB_DATABASE_ADMIN_URL is no superuser's: it may not delete a tenant's history.")
    # No order of foreign keys, no guard of the audit.
    cursor.execute("SET LOCAL session_replication_role = replica")


def _tables(cursor: Cursor) -> Iterator[Table]:
    cursor.execute(TABLES)
    yield from ((schema, name, "tenant_id") for schema, name in cursor.fetchall())
    yield "public", "tenant", "id"


def _name(slug: str, tenant_id: int) -> str:
    """The same for whoever tries again: an id is given to one tenant only, a name to one after the other."""
    return f"{slug}-{tenant_id}.zip"


def _save(cursor: Cursor, tables: list[Table], tenant_id: int, path: Path) -> Path:
    """Write the backup whole or not at all."""
    partial = path.with_suffix(".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for table in tables:
                    _save_table(cursor, table, tenant_id, archive)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise NotErased(f"The last backup cannot be written to {path.parent}: {error.strerror}.") from error
    return path


def _save_table(cursor: Cursor, table: Table, tenant_id: int, archive: zipfile.ZipFile) -> None:
    schema, name, column = table
    query = sql.SQL("COPY (SELECT * FROM {} WHERE {} = {}) TO STDOUT WITH (FORMAT csv, HEADER)").format(
        sql.Identifier(schema, name), sql.Identifier(column), sql.Literal(tenant_id)
    )
    with archive.open(f"{schema}.{name}.csv", "w", force_zip64=True) as member:
        cursor.copy_expert(query, io.BufferedWriter(member))


def _delete(cursor: Cursor, tables: list[Table], tenant_id: int) -> None:
    for schema, name, column in tables:
        statement = sql.SQL("DELETE FROM {} WHERE {} = %s").format(
            sql.Identifier(schema, name), sql.Identifier(column)
        )
        cursor.execute(statement, (tenant_id,))
