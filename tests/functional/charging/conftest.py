"""The charging path on PostgreSQL: a database of its own for each test, with the small world in it."""

from __future__ import annotations

import datetime as dt
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
from cellhub.charging.checking import Checker, Granted, Request
from cellhub.charging.connections import Connections
from cellhub.charging.running import note_answer
from cellhub.charging.settling import ANSWERED, AttemptSeen, Ending
from cellhub.db.roles import AGENT, PORTAL, switch_login
from cellhub.db.scope import Scope, enter_scope
from cellhub.db.session import make_engine, make_session_factory
from tests.factories.world import Company, make_world
from tests.fixtures.database import Database

NUMBER = "905551234567"
POD = "pod-1"
TRUNK = "north-carrier"
CALLER, CALLEE = "PJSIP/north-101-00000001", "PJSIP/trunk-north-carrier-00000002"
BEGAN = dt.datetime.now(dt.UTC).replace(microsecond=0)
"""When the calls of a test were answered; the seconds that they talk count from here."""


@dataclass(slots=True)
class Shop:
    """One tenant that sells calls: its rows, its books as the agent has them, and a look behind them.

    ``neighbours`` are the books of the other tenant, as its own agent has them.
    """

    company: Company
    books: Books
    neighbours: Books
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

    def call(self, endpoint: str = "", dialled: str = NUMBER) -> Granted:
        """Let a call pass its check: its first slice is held."""
        granted = self.checker.check(self.request(endpoint, dialled))
        assert isinstance(granted, Granted)
        return granted

    def answered(self, endpoint: str = "", dialled: str = NUMBER) -> Granted:
        """Let a call pass its check and be answered."""
        granted = self.call(endpoint, dialled)
        assert answer(self.books, granted)
        return granted

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
        world = make_world(session)
        companies = (world.north, world.south)
        for company in companies:
            tie_switch(session, company)
    connections = Connections(own_database.url(AGENT.name), application="tests-agent", size=8)
    books = [Books(connections, company.tenant.slug) for company in companies]
    yield Shop(world.north, *books, factory)
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


def answer(books: Books, granted: Granted, at: dt.datetime = BEGAN) -> int | None:
    """Note that a call was answered."""
    return note_answer(
        books,
        granted.request.call_id,
        answered_at=at,
        trunk=TRUNK,
        caller_channel=CALLER,
        callee_channel=CALLEE,
    )


def talked(granted: Granted, seconds: str) -> Ending:
    """The end of a call that talked for so long, on the first trunk that it tried."""
    ended = BEGAN + dt.timedelta(milliseconds=int(Decimal(seconds) * 1000))
    rang = BEGAN - dt.timedelta(seconds=5)
    return Ending(
        granted.request.call_id,
        Decimal(seconds),
        ANSWERED,
        "evidence",
        code=200,
        trunk=TRUNK,
        answered_at=BEGAN,
        ended_at=ended,
        attempts=(AttemptSeen(1, TRUNK, rang, ended, 200, BEGAN),),
    )


def untalked(granted: Granted, disposition: str = "BUSY", code: int | None = 486) -> Ending:
    """The end of a call that nobody answered."""
    attempt = AttemptSeen(1, TRUNK, BEGAN, BEGAN + dt.timedelta(seconds=3), code)
    return Ending(
        granted.request.call_id,
        Decimal(0),
        disposition,
        "hangup report",
        code=code,
        trunk=TRUNK,
        ended_at=attempt.ended_at,
        attempts=(attempt,),
    )
