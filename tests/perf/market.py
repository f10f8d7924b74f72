"""A tenant for benchmarks: many clients with a phone each, one plan, a deck of any size."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session, sessionmaker

from cellhub.db.roles import PORTAL, switch_login
from cellhub.db.scope import PLATFORM_TENANT, Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.db.tenancy import Account, Tenant
from cellhub.rates.models import Plan, PlanDeck, RateDeck
from cellhub.routes.models import Trunk
from cellhub.sip.models import SipUser
from tests.fixtures.database import Database
from tests.perf.lives import TRUNK, Caller

SLUG = "bench"
CREDIT = "1000000"
NUMBERS = ("905551234567", "447700900123", "12125550123", "4930123456")
PREFIXES = ("9", "90", "905", "44", "447", "1", "1212", "49", "4930")

MORE_RATES = """
INSERT INTO rate (tenant_id, deck_id, prefix, destination, rate, initial_block, billing_block, connect_charge)
SELECT :tenant, :deck, prefix, 'Destination ' || prefix, 0.02, 30, 6, 0.002 FROM (
    SELECT unnest(:prefixes ::text[]) AS prefix UNION
    SELECT (2000000 + n)::text FROM generate_series(:first ::bigint, :last) AS n
) AS wanted ON CONFLICT DO NOTHING
"""

CDRS = """
INSERT INTO cdr (tenant_id, started_at, call_id, account_id, lineage, costs, sip_user_id, sip_user, source,
    dialled, number, prefix, destination, trunk, verdict, disposition, code, answered_at, ended_at, duration,
    billsec, story)
SELECT u.tenant_id, began, md5(n::text || began::text), u.account_id, ARRAY[u.account_id],
    ARRAY[0.062], u.id, u.username, '902125550100', '905551234567', '905551234567', '905', 'Turkey Mobile',
    :trunk, 'ok', 'ANSWERED', 200, began + interval '6 s', began + interval '66 s', 66, 60, :story
FROM generate_series(:first ::bigint, :last) AS n
CROSS JOIN LATERAL (SELECT date_trunc('month', now()) - interval '20 days'
    + n % 864000 * interval '2 s' AS began) AS moment
JOIN sip_user u ON u.tenant_id = :tenant AND u.username = 'bench-' || (n % :users)
ON CONFLICT DO NOTHING
"""
BATCH = 100_000
STATEMENT_MS = 600_000
"""A busy machine takes its time for a batch."""
# About what a call's story holds, so that a row is as long as a real one.
STORY = {"number": {"dialled": "905551234567"}, "rates": [{"prefix": "905", "reason": "x" * 60}] * 12}


@dataclass(frozen=True, slots=True)
class Market:
    """The tenant, its deck, its callers, and a way to its rows."""

    database: Database
    engine: Engine
    factory: sessionmaker[Session]
    tenant_id: int
    deck_id: int
    callers: tuple[Caller, ...]

    @contextmanager
    def everything(self) -> Iterator[Session]:
        """A transaction that sees every row, committed at the end of the block."""
        with scoped(self.factory, Scope.platform()) as session:
            yield session

    def one(self, sql: str, **values: Any) -> Any:
        """Read one value."""
        with self.everything() as session:
            return session.execute(text(sql), values).scalar_one()

    def unfinished(self) -> int:
        """How many calls are neither settled nor released."""
        return int(self.one("SELECT count(*) FROM call WHERE state NOT IN ('SETTLED', 'RELEASED')"))

    def grow_rates(self, count: int) -> None:
        """Let the deck have at least so many rates."""
        values = {"tenant": self.tenant_id, "deck": self.deck_id, "prefixes": list(PREFIXES)}
        for first in range(1, count + 1, BATCH):
            last = min(first + BATCH - 1, count)
            with self.everything() as session:
                session.execute(text(MORE_RATES), values | {"first": first, "last": last})

    def grow_cdrs(self, have: int, count: int) -> None:
        """Add call records until there are ``count``, over the days of two months."""
        for first in range(have, count, BATCH):
            values = {
                "tenant": self.tenant_id,
                "first": first,
                "last": min(first + BATCH, count) - 1,
                "users": len(self.callers),
                "trunk": TRUNK,
                "story": json.dumps(STORY),
            }
            with self.everything() as session:
                session.execute(text(CDRS), values)

    def analyze(self) -> None:
        """Count the rows for PostgreSQL's plans, as its autovacuum does sooner or later."""
        server = self.database.installation.postgres()
        with server.superuser(self.database.name) as connection, connection.cursor() as cursor:
            cursor.execute("ANALYZE")


@contextmanager
def open_market(database: Database, *, clients: int, rates: int) -> Iterator[Market]:
    """Fill an empty database with one tenant that sells calls."""
    engine = make_engine(database.url(PORTAL.name), application="perf", statement_ms=STATEMENT_MS)
    factory = make_session_factory(engine)
    with scoped(factory, Scope.platform()) as session:
        tenant, deck = _tenant(session)
        callers = _clients(session, tenant, clients)
        market = Market(database, engine, factory, tenant.id, deck.id, callers)
    database.open_agent(SLUG, market.tenant_id)
    market.grow_rates(rates)
    yield market
    engine.dispose()


def _tenant(session: Session) -> tuple[Tenant, RateDeck]:
    session.add(Tenant(id=PLATFORM_TENANT, slug="platform", name="Platform"))
    tenant = Tenant(slug=SLUG, name="Bench Telecom")
    session.add(tenant)
    session.flush()
    session.execute(
        text("INSERT INTO switch.tenant_login (role_name, tenant_id) VALUES (:role, :tenant)"),
        {"role": switch_login(SLUG).name, "tenant": tenant.id},
    )
    deck = RateDeck(tenant_id=tenant.id, name="Bench")
    plan = Plan(tenant_id=tenant.id, name="Bench")
    session.add_all([deck, plan, Trunk(tenant_id=tenant.id, name=TRUNK, host="127.0.0.1", port=5080)])
    session.flush()
    session.add(PlanDeck(tenant_id=tenant.id, plan_id=plan.id, deck_id=deck.id, position=1))
    session.flush()
    return tenant, deck


def _clients(session: Session, tenant: Tenant, count: int) -> tuple[Caller, ...]:
    plan_id = session.execute(
        text("SELECT id FROM plan WHERE tenant_id = :id"), {"id": tenant.id}
    ).scalar_one()
    first = session.execute(
        text("SELECT max(nextval(pg_get_serial_sequence('account', 'id'))) FROM generate_series(1, :count)"),
        {"count": count},
    ).scalar_one()
    ids = range(first - count + 1, first + 1)
    session.execute(
        insert(Account),
        [
            {"tenant_id": tenant.id, "id": id_, "kind": "client", "name": f"Client {id_}", "lineage": [id_]}
            | {"plan_id": plan_id, "balance": CREDIT}
            for id_ in ids
        ],
    )
    users = [
        {
            "tenant_id": tenant.id,
            "account_id": id_,
            "username": f"bench-{place}",
            "digest_md5": "",
            "digest_sha256": "",
        }
        for place, id_ in enumerate(ids)
    ]
    session.execute(insert(SipUser), users)
    dice = random.Random(1)
    return tuple(Caller(user["username"], dice.choice(NUMBERS)) for user in users)
