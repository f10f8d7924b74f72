"""What the jobs do."""

import datetime as dt

import pytest
from periodiq import cron
from sqlalchemy import text

from cellhub.db.scope import PLATFORM_TENANT, Scope, enter_scope
from cellhub.telemetry import heartbeats
from cellhub.telemetry.heartbeats import Part
from cellhub.workers import jobs
from cellhub.workers.jobs import JOBS


@pytest.fixture
def session(sessions):
    with sessions() as session:
        enter_scope(session, Scope.platform())
        yield session
        session.rollback()


def test_every_job_has_its_own_name_and_a_time():
    assert len({job.name for job in JOBS}) == len(JOBS)
    assert all(cron(job.cron).minute for job in JOBS)


def test_partitions_are_made_ahead_and_only_once(session):
    def partitions() -> int:
        return session.scalar(text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'cdr'::regclass"))

    ahead = dt.datetime.now(dt.UTC).replace(day=1) + dt.timedelta(days=jobs.MONTHS_AHEAD * 31)
    jobs.make_partitions(session)
    made = partitions()
    jobs.make_partitions(session)
    assert partitions() == made >= jobs.MONTHS_AHEAD + 1
    assert session.scalar(text("SELECT to_regclass(:name)"), {"name": f"cdr_{ahead:%Y_%m}"})


def test_tickets_are_kept_for_a_month_after_their_end(session):
    session.execute(
        text(
            "INSERT INTO login (tenant_id, id, email, name, role, password_hash) "
            "OVERRIDING SYSTEM VALUE VALUES (0, 1, 'a@example.com', 'A', 'superadmin', '')"
        )
    )
    for name, expires, revoked in (
        ("valid", "1 day", None),
        ("ended lately", "-29 days", None),
        ("ended", "-31 days", None),
        ("revoked lately", "1 day", "-29 days"),
        ("revoked", "1 day", "-31 days"),
    ):
        session.execute(
            text(
                "INSERT INTO login_ticket (tenant_id, token_hash, login_id, expires_at, revoked_at) "
                "VALUES (0, :name, 1, now() + cast(:expires AS interval), now() + cast(:revoked AS interval))"
            ),
            {"name": name.encode(), "expires": expires, "revoked": revoked},
        )
    jobs.purge_login_tickets(session)
    kept = session.scalars(text("SELECT token_hash FROM login_ticket"))
    assert {bytes(name).decode() for name in kept} == {"valid", "ended lately", "revoked lately"}


def test_failures_are_kept_longer_than_they_count(session):
    for minutes in (1, 59, 61):
        session.execute(
            text(
                "INSERT INTO login_failure (tenant_id, email_hash, at) "
                "VALUES (0, '', now() - make_interval(mins => :minutes))"
            ),
            {"minutes": minutes},
        )
    jobs.purge_login_failures(session)
    assert session.scalar(text("SELECT count(*) FROM login_failure")) == 2


def test_the_scheduler_beats_through_a_job(session):
    jobs.note_scheduler(session)
    (mark,) = heartbeats.beats(session)
    assert (mark.part, mark.instance) == (Part.SCHEDULER, "scheduler")


def test_processes_that_are_gone_are_forgotten(session):
    heartbeats.beat(session, PLATFORM_TENANT, Part.WORKER, "old")
    session.execute(text("UPDATE heartbeat SET seen_at = now() - interval '30 days'"))
    jobs.forget_silent_parts(session)
    assert heartbeats.beats(session) == ()
