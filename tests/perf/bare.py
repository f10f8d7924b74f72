"""The least that could charge a call: four small tables, three statements, and no rule at all.

What `bench_floor` compares the product with. It knows one price and one trunk, has no tenants, limits,
resellers, explanations or attempts, reads no evidence and survives no crash; it only speaks the
agent's protocol and holds, notes and charges in three transactions, as a call needs them.

Run as a program it is that agent, by the same environment: ``python -m tests.perf.bare``.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass

import psycopg2
from sqlalchemy import make_url

from cellhub.db.roles import AGENT
from tests.perf.lives import Caller
from tests.perf.market import Market
from tests.perf.protocol import answer_requests

PROGRAM = (sys.executable, "-m", "tests.perf.bare")
CREDIT = 1_000_000

TABLES = """
CREATE TABLE bare_account (
    id bigint PRIMARY KEY, balance numeric(18,6), held numeric(18,6) NOT NULL DEFAULT 0
);
CREATE TABLE bare_call (
    id text PRIMARY KEY, account_id bigint, state text, hold numeric(18,6), answered_at timestamptz
);
CREATE TABLE bare_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id bigint, amount numeric(18,6),
    reason text UNIQUE
);
CREATE TABLE bare_cdr (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, call_id text, account_id bigint, seconds int,
    cost numeric(18,6), started_at timestamptz
);
"""
FILL = "INSERT INTO bare_account (id, balance) SELECT n, %s FROM generate_series(0, %s) n"
GRANT = "GRANT ALL ON bare_account, bare_call, bare_entry, bare_cdr TO {role}"

PREPARE = """
PREPARE hold (bigint, text) AS
    WITH paid AS (
        UPDATE bare_account SET held = held + 1 WHERE id = $1 AND balance - held >= 1 RETURNING id
    ) INSERT INTO bare_call (id, account_id, state, hold) SELECT $2, id, 'AUTHORISED', 1 FROM paid;
PREPARE answer (text) AS
    UPDATE bare_call SET state = 'ANSWERED', answered_at = now() WHERE id = $1 AND state = 'AUTHORISED';
PREPARE settle (text) AS
    WITH done AS (
        UPDATE bare_call SET state = 'SETTLED' WHERE id = $1 AND state = 'ANSWERED' RETURNING account_id, hold
    ), paid AS (
        UPDATE bare_account a SET balance = balance - 0.02, held = held - done.hold FROM done
        WHERE a.id = done.account_id RETURNING a.id
    ), booked AS (
        INSERT INTO bare_entry (account_id, amount, reason) SELECT id, -0.02, 'call:' || $1 FROM paid
    ) INSERT INTO bare_cdr (call_id, account_id, seconds, cost, started_at)
        SELECT $1, id, 60, 0.02, now() FROM paid;
"""


@dataclass(frozen=True, slots=True)
class BareMarket:
    """The four tables in a market's database, as a benchmark sees them."""

    market: Market
    callers: tuple[Caller, ...]

    @classmethod
    def within(cls, market: Market) -> BareMarket:
        """Make the tables, for the agent's login."""
        server = market.database.installation.postgres()
        with server.superuser(market.database.name) as connection, connection.cursor() as cursor:
            cursor.execute(TABLES)
            cursor.execute(FILL, (CREDIT, len(market.callers)))
            cursor.execute(GRANT.format(role=AGENT.name))
        return cls(market, market.callers)

    def unfinished(self) -> int:
        """How many calls are not charged yet."""
        server = self.market.database.installation.postgres()
        with server.superuser(self.market.database.name) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM bare_call WHERE state <> 'SETTLED'")
            return int(cursor.fetchone()[0])


class BareDeeds:
    """What is done for a call; a connection a thread."""

    def __init__(self, url: str) -> None:
        self._options = make_url(url).translate_connect_args(username="user", database="dbname")
        self._own = threading.local()

    def hold(self, call_id: str, username: str) -> bool:
        """Hold money of the caller's account."""
        return bool(self._run("EXECUTE hold (%s, %s)", int(username.rpartition("-")[2]), call_id))

    def charge(self, call_id: str) -> None:
        """Note the answer, then charge."""
        self._run("EXECUTE answer (%s)", call_id)
        self._run("EXECUTE settle (%s)", call_id)

    def _run(self, statement: str, *values: object) -> int:
        cursor = getattr(self._own, "cursor", None)
        if cursor is None:
            connection = psycopg2.connect(**self._options)
            connection.autocommit = True
            cursor = self._own.cursor = connection.cursor()
            cursor.execute(PREPARE)
        cursor.execute(statement, values)
        return int(cursor.rowcount)


if __name__ == "__main__":
    answer_requests(BareDeeds(os.environ["CELLHUB_DATABASE_URL"]))
