"""Signs of life in the database, and which scope sees whose."""

import datetime as dt

import pytest
from sqlalchemy import text

from cellhub.db.scope import PLATFORM_TENANT, Scope, enter_scope
from cellhub.db.session import make_engine, make_session_factory
from cellhub.db.tenancy import Tenant
from cellhub.domain.canary import Answers
from cellhub.telemetry import health, heartbeats
from cellhub.telemetry.heartbeats import Part


@pytest.fixture
def session(database):
    engine = make_engine(database.url("cellhub_portal"), application="tests")
    with make_session_factory(engine)() as session:
        enter_scope(session, Scope.platform())
        session.add(Tenant(id=PLATFORM_TENANT, slug="platform", name="Platform"))
        session.add_all(Tenant(id=number, slug=f"tenant-{number}", name="T") for number in (901, 902))
        session.flush()
        yield session
        session.rollback()
    engine.dispose()


def seen(session, scope: Scope) -> set[tuple[str, str]]:
    enter_scope(session, scope)
    return {(mark.part.value, mark.instance) for mark in heartbeats.beats(session)}


def test_a_second_beat_replaces_the_first(session):
    heartbeats.beat(session, 901, Part.ASTERISK, "pod-1", {"problem": "AMI is away."})
    heartbeats.beat(session, 901, Part.ASTERISK, "pod-1")
    (mark,) = heartbeats.beats(session)
    assert (mark.part, mark.instance, mark.problem) == (Part.ASTERISK, "pod-1", "")


def test_a_beat_tells_since_when_an_agent_runs_and_how_many_calls_it_failed(session):
    since = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    heartbeats.beat(session, 901, Part.ASTERISK, "a", {"since": since.isoformat(), "asked": 7, "failed": 2})
    heartbeats.beat(session, 901, Part.ASTERISK, "b")  # of a release that does not count yet
    marks = sorted(heartbeats.beats(session), key=lambda mark: mark.instance)
    assert [(mark.since, mark.answers) for mark in marks] == [(since, Answers(7, 2)), (None, Answers())]


def test_an_agent_beats_in_the_scope_of_its_tenant(session):
    enter_scope(session, Scope.of_tenant(901))
    heartbeats.beat(session, 901, Part.ASTERISK, "pod-1")
    assert seen(session, Scope.of_tenant(901)) == {("asterisk", "pod-1")}


def test_a_tenant_sees_its_own_softswitch_and_the_platforms_worker(session):
    heartbeats.beat(session, 901, Part.ASTERISK, "mine")
    heartbeats.beat(session, 902, Part.ASTERISK, "theirs")
    heartbeats.beat(session, PLATFORM_TENANT, Part.WORKER, "host")
    assert seen(session, Scope.of_tenant(901)) == {("asterisk", "mine"), ("worker", "host")}


def test_a_customer_sees_none(session):
    heartbeats.beat(session, PLATFORM_TENANT, Part.WORKER, "host")
    assert seen(session, Scope.of_account(901, 5)) == set()


def test_parts_of_a_newer_release_are_left_out(session):
    statement = "INSERT INTO heartbeat (tenant_id, part, instance, seen_at) VALUES (0, 'fax', 'one', now())"
    session.execute(text(statement))
    assert heartbeats.beats(session) == ()


def test_the_long_silent_are_forgotten(session):
    heartbeats.beat(session, 901, Part.ASTERISK, "pod-1")
    heartbeats.beat(session, 901, Part.ASTERISK, "pod-2")
    session.execute(text("UPDATE heartbeat SET seen_at = now() - interval '8 days' WHERE instance = 'pod-2'"))
    assert heartbeats.forget_silent(session) == 1
    assert [mark.instance for mark in heartbeats.beats(session)] == ["pod-1"]


def test_the_observation_holds_the_age_of_the_oldest_due_job(session):
    session.execute(
        text(
            "INSERT INTO dramatiq.queue (message_id, state, available_at) VALUES "
            "(gen_random_uuid(), 'queued', now() - interval '5 min'), "
            "(gen_random_uuid(), 'queued', now() + interval '5 min'), "
            "(gen_random_uuid(), 'consumed', now() - interval '9 min')"
        )
    )
    enter_scope(session, Scope.of_tenant(901))
    observation = health.observe(session)
    assert observation.queue_age == dt.timedelta(minutes=5)
    assert dt.timedelta() < observation.round_trip < dt.timedelta(seconds=5)


def test_an_empty_queue_has_no_age(session):
    assert health.observe(session).queue_age == dt.timedelta()
