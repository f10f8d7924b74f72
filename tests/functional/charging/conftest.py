"""The charging path on PostgreSQL: a database of its own for each test, with the small world in it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cellhub.charging.books import Books
from cellhub.charging.checking import Checker, Request
from cellhub.charging.connections import Connections
from cellhub.db.roles import AGENT, PORTAL, switch_login
from cellhub.db.scope import Scope, enter_scope
from cellhub.db.session import make_engine, make_session_factory
from tests.factories.world import Company, make_world
from tests.fixtures.database import Database

NUMBER = "905551234567"
POD = "pod-1"


@dataclass(slots=True)
class Shop:
    """One tenant that sells calls: its rows, its books as the agent has them, and a look behind them."""

    company: Company
    books: Books
    factory: Any

    @property
    def checker(self) -> Checker:
        """A checker that remembers nothing."""
        return Checker(self.books, POD)

    @property
    def username(self) -> str:
        """The SIP user of the client without a reseller."""
        return self.company.sip_user.username

    def request(self, endpoint: str = "", dialled: str = NUMBER) -> Request:
        """Dial with a fresh call id."""
        return Request(uuid.uuid4().hex, endpoint or self.username, dialled)

    def one(self, sql: str, **values: object) -> Any:
        """Read one value, seeing everything."""
        return self.rows(sql, **values)[0][0]

    def rows(self, sql: str, **values: object) -> list[Any]:
        """Read rows, seeing everything."""
        with self.factory.begin() as session:
            enter_scope(session, Scope.platform())
            return [tuple(row) for row in session.execute(text(sql), values)]

    def do(self, sql: str, **values: object) -> None:
        """Change rows, seeing everything."""
        with self.factory.begin() as session:
            enter_scope(session, Scope.platform())
            session.execute(text(sql), values)

    def money(self, account_id: int) -> tuple[Decimal, Decimal]:
        """An account's balance and what is held of it."""
        return self.rows("SELECT balance, held FROM account WHERE id = :id", id=account_id)[0]

    def give(self, account_id: int, balance: str) -> None:
        """Let an account have just this balance, booked in its ledger."""
        self.do(
            "WITH paid AS (UPDATE account SET balance = :balance WHERE id = :id RETURNING *) "
            "INSERT INTO ledger_entry "
            "(tenant_id, account_id, kind, reason, amount, balance_after, note, actor) "
            "SELECT tenant_id, id, 'adjustment', gen_random_uuid()::text, "
            ":balance - (SELECT sum(amount) FROM ledger_entry e WHERE e.account_id = paid.id), "
            ":balance, '', 'test' FROM paid",
            balance=Decimal(balance),
            id=account_id,
        )


@pytest.fixture
def shop(own_database: Database) -> Iterator[Shop]:
    """The north tenant, open for calls."""
    engine = make_engine(own_database.url(PORTAL.name), application="tests")
    factory = make_session_factory(engine)
    with factory.begin() as session:
        company = make_world(session).north
        tie_switch(session, company)
    connections = Connections(own_database.url(AGENT.name), application="tests-agent", size=8)
    yield Shop(company, Books(connections, company.tenant.slug), factory)
    connections.close()
    engine.dispose()


def tie_switch(session: Session, company: Company) -> None:
    """Tell which tenant the softswitch of ``company`` serves."""
    session.execute(
        text("INSERT INTO switch.tenant_login (role_name, tenant_id) VALUES (:role, :tenant)"),
        {"role": switch_login(company.tenant.slug).name, "tenant": company.tenant.id},
    )


def at_once(deed: Callable[[int], Any], times: int, threads: int) -> list[Any]:
    """Do ``deed`` so many times in parallel and return what each returned."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(deed, range(times)))
