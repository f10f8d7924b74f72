"""Run migrations with short patience: a migration that waits for a lock stops calls behind it."""

import re

from alembic import context
from sqlalchemy import create_engine, pool, text

from cellhub.models import Base

LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "5min"
ONE_MIGRATION_AT_A_TIME = 7_225_001
PARTITION = re.compile(r"(cdr|attempt)_\d{4}_\d{2}")


def _is_a_models(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the partitions, which a job makes, when models and tables are compared."""
    return not (kind == "table" and name and PARTITION.fullmatch(name))


def run() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_MIGRATION_AT_A_TIME})
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            include_name=_is_a_models,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
