"""The least that could charge a call: four small tables, three statements, and no rule at all.

What `bench_floor` compares the product with. It knows one price and one trunk, has no tenants, limits,
resellers, explanations or attempts, reads no evidence and survives no crash; it only speaks the
agent's protocol and holds, notes and charges in three transactions, as a call needs them.

Run as a program it is that agent, by the same environment: ``python -m tests.perf.bare``.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg2
from sqlalchemy import make_url

from cellhub.db.roles import AGENT
from tests.perf.lives import Caller
from tests.perf.market import Market

THREADS = 20
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


class BareAgent:
    """A thread a request, a connection a thread."""

    def __init__(self, url: str) -> None:
        self._options = make_url(url).translate_connect_args(username="user", database="dbname")
        self._own = threading.local()

    def serve(self, port: int) -> None:
        """Answer requests for ever."""
        with (
            socket.create_server(("127.0.0.1", port), backlog=1024) as server,
            ThreadPoolExecutor(THREADS) as pool,
        ):
            while True:
                peer, _ = server.accept()
                pool.submit(self._answer, peer)

    def _answer(self, peer: socket.socket) -> None:
        with peer:
            text = b""
            while not text.endswith(b"\n\n"):
                piece = peer.recv(65536)
                if not piece:
                    return
                text += piece
            values = [
                line.partition(b": ")[2].decode()
                for line in text.splitlines()
                if line.startswith(b"agi_arg_")
            ]
            if b"/check\n" in text:
                self._check(peer, call_id=values[0], account=int(values[2].rpartition("-")[2]))
        if b"/hangup\n" in text:
            self._run("EXECUTE answer (%s)", values[0])
            self._run("EXECUTE settle (%s)", values[0])

    def _check(self, peer: socket.socket, *, call_id: str, account: int) -> None:
        if self._run("EXECUTE hold (%s, %s)", account, call_id):
            peer.sendall(f'SET VARIABLE CELL_VERDICT "ok {call_id}"\n'.encode())
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(65536):
            pass

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
    BareAgent(os.environ["CELLHUB_DATABASE_URL"]).serve(int(os.environ["CELLHUB_AGI_PORT"]))
