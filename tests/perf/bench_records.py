"""What a call's records cost PostgreSQL, as what guards and finds them is taken away step by step."""

from __future__ import annotations

from cellhub.local.database import PostgresServer
from tests.perf import ready
from tests.perf.agent import running_agent
from tests.perf.figures import Figures
from tests.perf.rounds import Bench, begin
from tests.perf.sizes import Sizes

TABLES = (
    "'call', 'call_payer', 'ledger_entry', 'spending', 'known_country', 'provider_charge', 'cdr', 'account'"
)
CONSTRAINTS = f"""SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
FROM pg_constraint WHERE contype = '{{kind}}' AND coninhcount = 0 AND conrelid::regclass::text IN ({TABLES})
"""
WALL = """SELECT format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', oid::regclass)
FROM pg_class WHERE relrowsecurity"""
INDEXES = f"""SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index
WHERE NOT indisprimary AND NOT indisunique AND indrelid::regclass::text IN ({TABLES}, 'attempt')
    AND NOT EXISTS (SELECT 1 FROM pg_inherits WHERE inhrelid = indexrelid)"""
STEPS = {
    "as they are": "",
    "without foreign keys": CONSTRAINTS.format(kind="f"),
    "and without checks": CONSTRAINTS.format(kind="c"),
    "and without the wall between tenants": WALL,
    "and without indexes but the keys": INDEXES,
    "and without waiting for the disk": "SELECT 'ALTER SYSTEM SET fsync = off'",
}
"""What is taken away, as a query for the statements that do it."""


def bench_records(figures: Figures, sizes: Sizes, bench: Bench, postgres: PostgresServer) -> None:
    """The records of calls, with ready values, less and less guarded."""
    begin(figures, bench)
    with running_agent(bench.market, ready.PROGRAM) as agent:
        records = Bench(bench.market, agent, bench.postgres, sizes)
        records.round()  # connections, caches and plans
        bench.market.analyze()
        for title, query in STEPS.items():
            _do(postgres, bench.market.database.name, query)
            records.round()
            rounds = [records.round() for _ in range(sizes.rounds)]
            figures.section(title)
            figures.figure("CPU of PostgreSQL", [one.postgres_ms for one in rounds], "ms a life")
            figures.figure("CPU of the agent", [one.agent_ms for one in rounds], "ms a life")
            figures.figure("lives", [one.rate for one in rounds], "a second")
    _do(postgres, bench.market.database.name, "SELECT 'ALTER SYSTEM RESET fsync'")


def _do(postgres: PostgresServer, database: str, query: str) -> None:
    with postgres.superuser(database) as connection, connection.cursor() as cursor:
        if query:
            cursor.execute(query)
            for (statement,) in cursor.fetchall():
                cursor.execute(statement)
        cursor.execute("SELECT pg_reload_conf()")
