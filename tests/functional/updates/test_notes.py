"""The notes of updates in the real database: driven, cut off, seen by the platform alone, audited."""

from __future__ import annotations

import contextlib

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from cellhub.accounts.models import AuditEntry
from cellhub.accounts.tenants import ensure_platform
from cellhub.db.roles import PORTAL
from cellhub.db.scope import PLATFORM_TENANT, Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.domain.updates import FORWARD, Move, Rest, Step, Terms
from cellhub.updates import services
from cellhub.updates.driver import turn
from cellhub.updates.notes import DatabaseNotes
from cellhub.updates.services import UpdateRefused, Wish
from tests.fakes.updating import FakeInstallation, Killed, Life

ACTOR = "update tests"
WISH = Wish("1.5.0", "1.4.2", "{}", "c2lnbmVk", Terms(canary_seconds=5), resource="cell/to-1.5.0/5c1e")


@pytest.fixture
def sessions(own_database):
    engine = make_engine(own_database.url(PORTAL.name), application="tests")
    made = make_session_factory(engine)
    with scoped(made, Scope.platform()) as session:
        ensure_platform(session)
    yield made
    engine.dispose()


@pytest.fixture
def begun(sessions):
    with scoped(sessions, Scope.platform()) as session:
        return services.begin(session, ACTOR, WISH).id


def steps(sessions, run_id):
    with scoped(sessions, Scope.platform()) as session:
        return [(one.name, one.message) for one in services.steps_of(session, run_id)]


def drive(world, notes):
    while True:
        with contextlib.suppress(Killed):
            if isinstance(turn(world, notes), Rest):
                return
        world.life = Life(3)  # each process does one deed and is killed in the second one
        world.go_on()


def test_each_step_is_noted_with_its_times_whoever_is_killed(sessions, begun):
    world = FakeInstallation({"north-0": "old"}, life=Life(1))
    notes = DatabaseNotes(sessions, begun, ACTOR)
    drive(world, notes)
    worked = "It worked."
    assert steps(sessions, begun) == [*((str(step), worked) for step in FORWARD[:-1]), ("Done", "")]
    with scoped(sessions, Scope.platform()) as session:
        taken = services.steps_of(session, begun)
        row = services.of_resource(session, WISH.resource)
        assert [one.finished_at for one in taken[:-1]] == [one.started_at for one in taken[1:]]
        assert (row.step, row.reason, row.finished_at) == ("Done", "", taken[-1].started_at)
        assert services.unfinished(session) is None
    assert world.parts == {"north-0": "new"}


def test_one_that_went_back_keeps_why(sessions, begun):
    drive(FakeInstallation({"north-0": "old"}, fails=Step.MIGRATE), DatabaseNotes(sessions, begun, ACTOR))
    reason = "Migrate: It does not work."
    assert steps(sessions, begun)[-3:] == [
        ("Migrate", "It does not work."),
        ("RollingBack", reason),
        ("RolledBack", reason),
    ]


def test_there_is_one_update_at_a_time(sessions, begun):
    with (
        scoped(sessions, Scope.platform()) as session,
        pytest.raises(UpdateRefused, match="there is one at a time"),
    ):
        services.begin(session, ACTOR, Wish("1.6.0", "1.4.2", "", "", Terms()))
    drive(FakeInstallation({}, fails=Step.BACKUP), DatabaseNotes(sessions, begun, ACTOR))
    with scoped(sessions, Scope.platform()) as session:
        services.begin(session, ACTOR, Wish("1.6.0", "1.4.2", "", "", Terms()))
        assert [row.version for row in services.latest(session)] == ["1.6.0", "1.5.0"]


def test_who_drives_it_beside_another_is_refused(sessions, begun):
    notes = DatabaseNotes(sessions, begun, ACTOR)
    notes.move(Step.PREFLIGHT, Move(Step.BACKUP, "All is well."))
    with pytest.raises(UpdateRefused, match="has left the step Preflight"):
        notes.move(Step.PREFLIGHT, Move(Step.BACKUP, "All is well."))


def test_every_change_is_in_the_platforms_history(sessions, begun):
    DatabaseNotes(sessions, begun, ACTOR).move(Step.PREFLIGHT, Move(Step.BACKUP, "All is well."))
    columns = (AuditEntry.tenant_id, AuditEntry.actor, AuditEntry.action, AuditEntry.object_name)
    query = select(*columns, AuditEntry.changes).where(AuditEntry.object_kind == "update_run")
    with scoped(sessions, Scope.platform()) as session:
        found = session.execute(query.order_by(AuditEntry.id)).all()
    assert [tuple(one) for one in found] == [
        (PLATFORM_TENANT, ACTOR, "create", "1.5.0", {}),
        (PLATFORM_TENANT, ACTOR, "change", "1.5.0", {"step": ["Preflight", "Backup"]}),
    ]


def test_terms_of_a_newer_release_do_not_hinder_this_one(sessions, begun):
    with scoped(sessions, Scope.platform()) as session:
        services.of_resource(session, WISH.resource).terms = {"canary": False, "moon": "full"}
    assert DatabaseNotes(sessions, begun, ACTOR).read().terms == Terms(canary=False)


@pytest.mark.parametrize("table", ["update_run", "update_step"])
def test_no_tenant_reads_or_writes_them(sessions, begun, table):
    for deed in (f"SELECT FROM {table}", f"INSERT INTO {table} DEFAULT VALUES", f"DELETE FROM {table}"):
        with scoped(sessions, Scope.of_tenant(1)) as session:
            with pytest.raises(ProgrammingError, match=f"permission denied for table {table}"):
                session.execute(text(deed))
            session.rollback()
