"""A backup as docs/kubernetes/day-2.md tells to make it, brought back into an empty database."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from decimal import Decimal

import pytest
from sqlalchemy import text

from cellhub.charging.books import Books
from cellhub.charging.connections import Connections
from cellhub.charging.settling import settle_call
from cellhub.db.roles import PORTAL
from cellhub.db.scope import DatabaseRole, Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.local.database import SUPERUSER
from cellhub.money.proof import INVARIANTS
from tests.fixtures.database import Database
from tests.fixtures.shop import AGENT, talked

RESTORED = "cellhub_restored"


@pytest.fixture
def program(postgres):
    """Run a program of PostgreSQL; by default as the superuser."""
    superuser = ("-h", postgres.placement.socket, "-p", postgres.port, "-U", SUPERUSER)

    def run(name, *arguments, who=superuser):
        command = [postgres.placement.programs / name, *who, *arguments]
        return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def restored(installation, postgres):
    """A database with an owner and nothing in it."""
    installation.create_database(postgres, RESTORED)
    yield Database(installation, RESTORED)
    postgres.drop_database(RESTORED)


def test_a_running_call_is_charged_once_in_what_was_brought_back(
    shop, own_database, restored, program, tmp_path
):
    settled, running = shop.answered(), shop.answered()
    assert settle_call(shop.books, settled.payers, talked(settled, "61.400"))
    dump = tmp_path / "cellhub.dump"
    assert program("pg_dump", "-Fc", "-d", own_database.name, "-f", dump).returncode == 0
    brought = program("pg_restore", "--exit-on-error", "-d", RESTORED, dump)
    assert (brought.returncode, brought.stderr) == (0, "")

    connections = Connections(restored.url(AGENT), application="tests-restored", size=2)
    books = Books(connections, shop.company.tenant.slug)
    assert not settle_call(books, settled.payers, talked(settled, "61.400"))
    assert settle_call(books, running.payers, talked(running, "61.400"))
    connections.close()
    with _everything(restored) as session:
        # 6: the small world has records of calls that nobody was charged for
        assert [drift for one in INVARIANTS if one.number != 6 for drift in one.drifts(session)] == []
        money = text("SELECT balance, held FROM account WHERE id = :id")
        assert session.execute(money, {"id": shop.company.client.id}).one() == (
            Decimal(50) - 2 * Decimal("0.028400"),
            Decimal(0),
        )


def test_the_owner_of_the_tables_cannot_make_a_backup_behind_the_wall(own_database, program, tmp_path):
    owner = ("-d", own_database.url(DatabaseRole.OWNER).replace("+psycopg2", ""))
    refused = program("pg_dump", "-Fc", "-f", tmp_path / "cellhub.dump", who=owner)
    assert refused.returncode != 0
    assert "row-level security" in refused.stderr


@contextmanager
def _everything(database):
    """Look at all rows."""
    engine = make_engine(database.url(PORTAL.name), application="tests")
    with scoped(make_session_factory(engine), Scope.platform()) as session:
        yield session
    engine.dispose()
