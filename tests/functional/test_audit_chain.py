"""Whoever changes what the audit says, even as the database's superuser, breaks its chain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from cellhub.accounts.audit import Actor, record_deed
from cellhub.accounts.chain import Chain, chains
from cellhub.accounts.models import AuditEntry
from cellhub.cli import doctor
from cellhub.db.migrate import upgrade
from cellhub.db.roles import PORTAL
from cellhub.db.scope import DatabaseRole, Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from tests.factories.world import make_world

ENTRIES = 6
AT_ONCE = 4
ENTRY_OF_BEFORE = (
    "INSERT INTO audit_entry (tenant_id, id, actor, action, object_kind, object_id, object_name) "
    "VALUES (%s, %s, 'tests', 'edit', 'account', '1', 'Pera')"
)


@pytest.fixture
def sessions(own_database):
    engine = make_engine(own_database.url(PORTAL.name), application="tests", pool_size=AT_ONCE)
    yield make_session_factory(engine)
    engine.dispose()


@pytest.fixture
def tenants(sessions):
    """Two tenants, north and south, with :data:`ENTRIES` entries each, made by several at once."""
    with sessions.begin() as session:
        world = make_world(session)
        actors = [Actor(company.tenant.id, "tests") for company in (world.north, world.south)]

    def write(number):
        for actor in actors:
            with scoped(sessions, Scope.of_tenant(actor.tenant_id)) as session:
                record_deed(session, actor, "delete", "cdr", f"{number} calls", changes={"calls": [number]})

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        list(crowd.map(write, range(ENTRIES)))
    return [actor.tenant_id for actor in actors]


@pytest.fixture
def bend(own_database, tenants):
    """Change the north's entries past every right."""

    def run(sql):
        with (
            own_database.installation.postgres().superuser(own_database.name) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, {"north": tenants[0]})

    return run


@pytest.fixture
def broken(sessions):
    def find():
        with scoped(sessions, Scope.platform()) as session:
            return {chain.tenant: chain.broken_at for chain in chains(session)}

    return find


def test_entries_written_at_once_are_one_chain_for_each_tenant(sessions, tenants):
    with scoped(sessions, Scope.platform()) as session:
        places = session.execute(select(AuditEntry.tenant_id, AuditEntry.position, AuditEntry.hash)).all()
        found = list(chains(session))
    assert sorted((row.tenant_id, row.position) for row in places) == [
        (tenant, place) for tenant in sorted(tenants) for place in range(1, ENTRIES + 1)
    ]
    last = {row.tenant_id: row.hash.hex() for row in places if row.position == ENTRIES}
    assert found == [
        Chain("north", ENTRIES, last[tenants[0]], None),
        Chain("south", ENTRIES, last[tenants[1]], None),
    ]


@pytest.mark.parametrize(
    ("deed", "place"),
    [
        ("UPDATE audit_entry SET actor = 'nobody' WHERE tenant_id = %(north)s AND position = 3", 3),
        ("UPDATE audit_entry SET changes = '{}' WHERE tenant_id = %(north)s AND position = 2", 2),
        (
            "UPDATE audit_entry SET created_at = created_at - interval '1 day' "
            "WHERE tenant_id = %(north)s AND position = 6",
            6,
        ),
        ("DELETE FROM audit_entry WHERE tenant_id = %(north)s AND position = 1", 1),
        ("DELETE FROM audit_entry WHERE tenant_id = %(north)s AND position = 4", 4),
        ("DELETE FROM audit_entry WHERE tenant_id = %(north)s AND position > 4", 5),
        ("DELETE FROM audit_entry WHERE tenant_id = %(north)s", 1),
    ],
)
def test_the_first_entry_that_is_not_as_it_was_is_named(bend, broken, deed, place):
    bend(deed)
    assert broken() == {"north": place, "south": None}


def test_what_a_process_writes_as_place_and_hash_is_not_believed(sessions, tenants, broken):
    with scoped(sessions, Scope.of_tenant(tenants[0])) as session:
        record_deed(session, Actor(tenants[0], "tests"), "delete", "cdr", "7 calls")
        entry = next(one for one in session.new if isinstance(one, AuditEntry))
        entry.position, entry.hash = 99, b"forged"
    assert broken() == {"north": None, "south": None}


def test_entries_from_before_the_chain_are_chained_in_their_order(installation, postgres):
    name = "cellhub_audit_of_before"
    installation.create_database(postgres, name)
    owner = installation.database_url(DatabaseRole.OWNER, name)
    upgrade(owner, "0008")
    with postgres.superuser(name) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO tenant (slug, name) VALUES ('old', 'Old') RETURNING id")
        (tenant,) = cursor.fetchone()
        for number in (3, 1, 2):
            cursor.execute(ENTRY_OF_BEFORE, (tenant, number))
    upgrade(owner)
    engine = make_engine(installation.database_url(PORTAL.name, name), application="tests")
    with scoped(make_session_factory(engine), Scope.platform()) as session:
        found = list(chains(session))
        order = session.execute(select(AuditEntry.id).order_by(AuditEntry.position)).scalars().all()
    engine.dispose()
    postgres.drop_database(name)
    assert [(chain.tenant, chain.entries, chain.broken_at) for chain in found] == [("old", 3, None)]
    assert order == [1, 2, 3]


def test_the_moment_reads_the_same_in_every_time_zone(sessions, tenants):
    with scoped(sessions, Scope.platform()) as session:
        session.execute(text("SET LOCAL TimeZone = 'Asia/Kathmandu'"))
        assert [chain.broken_at for chain in chains(session)] == [None, None]


def test_the_doctor_says_where_the_audit_is_broken(sessions, bend):
    bend("UPDATE audit_entry SET actor = 'nobody' WHERE tenant_id = %(north)s AND position = 3")
    with scoped(sessions, Scope.platform()) as session:
        report = doctor.audit(session)
        north, south = chains(session)
    assert not report.well
    assert report.lines == [
        f"  BROKEN at 3       north: 6 entries, the end is {north.end}",
        f"  OK                south: 6 entries, the end is {south.end}",
    ]
