"""Where PostgreSQL's time goes: its own count of its statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cellhub.local.database import PostgresServer

EXTENSION = "pg_stat_statements"
ON = {f"{EXTENSION}.track": "top", f"{EXTENSION}.track_planning": "on"}
OFF = {f"{EXTENSION}.track": "none"}
TOP = r"""
SELECT regexp_replace(trim(regexp_replace(query, '\s+', ' ', 'g')), '^PREPARE \w+ (\([^)]*\) )?AS ', ''),
    calls, total_plan_time, total_exec_time
FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY total_plan_time + total_exec_time DESC
"""


@dataclass(frozen=True, slots=True)
class StatementTime:
    """One statement: its text, how often it ran, and milliseconds of planning and of execution in all.

    The milliseconds are of the clock: of a busy machine they hold the waiting for a core too.
    """

    text: str
    calls: int
    plan_ms: float
    run_ms: float


@contextmanager
def statements_counted(server: PostgresServer, database: str) -> Iterator[list[StatementTime]]:
    """Have PostgreSQL count for the length of the block; the list is filled at its end, the dearest first."""
    found: list[StatementTime] = []
    with server.superuser(database) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {EXTENSION}")
        _set(cursor, ON)
        cursor.execute("SELECT pg_stat_statements_reset()")
        yield found
        cursor.execute(TOP)
        found += [StatementTime(*row) for row in cursor.fetchall()]
        _set(cursor, OFF)


def _set(cursor: Any, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        cursor.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    cursor.execute("SELECT pg_reload_conf()")
